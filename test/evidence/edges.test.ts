import { describe, expect, it } from 'vitest'
import { findEdges } from '../../src/evidence/edges.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { HANDSHAKE, TIME_WAIT } from '../ladder/figures.ts'
import { perform } from '../ladder/perform.ts'

describe('edges are counted from evidence', () => {
  it('of a handshake', () => {
    expect(findEdges(perform(parseLadder(HANDSHAKE)))).toEqual(expect.arrayContaining(['E02', 'E12', 'E21']))
  })

  it('of a close whose last ACK is lost', () => {
    const edges = findEdges(perform(parseLadder(TIME_WAIT)))
    expect(edges).toEqual(expect.arrayContaining(['E33', 'E35', 'E46', 'E48', 'E56', 'E61', 'E64']))
  })

  it('though a call shows its effect some microseconds after its mark', () => {
    const evidence = perform(parseLadder(TIME_WAIT))
    const earlier: Evidence = { ...evidence, calls: evidence.calls.map(call => ({ ...call, tMs: call.tMs - 0.005 })) }
    expect(findEdges(earlier)).toContain('E33')
  })

  it('and not without the state after', () => {
    const evidence = perform(parseLadder(TIME_WAIT))
    const without: Evidence = { ...evidence, states: evidence.states.filter(({ to }) => to !== 'FIN_WAIT_1') }
    expect(findEdges(without)).not.toContain('E33')
  })
})
