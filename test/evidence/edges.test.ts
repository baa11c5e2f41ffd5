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

  it('though nobody has marked the calls: some changes have no other cause', () => {
    const unmarked = { ...perform(parseLadder(TIME_WAIT)), calls: [] }
    expect(findEdges(unmarked)).toEqual(expect.arrayContaining(['E33', 'E46']))
    expect(findEdges({ ...perform(parseLadder(HANDSHAKE)), calls: [] })).toContain('E02')
  })

  it('and not without the state after', () => {
    const evidence = perform(parseLadder(TIME_WAIT))
    const without: Evidence = { ...evidence, states: evidence.states.filter(({ to }) => to !== 'FIN_WAIT_1') }
    expect(findEdges(without)).not.toContain('E33')
  })
})

const forged = (rows: string) =>
  findEdges(
    perform(
      parseLadder(`
     client                                                server
  1. ESTABLISHED                                           ESTABLISHED
  2.             <-- <SEQ=w><ACK=u><CTL=ACK><DATA=5>   <--
  3.             --> <SEQ=u><ACK=w+5><CTL=ACK>         -->
${rows}
`),
    ),
  )

describe('edges of segments that should not be', () => {
  const OUTSIDE = `
  4. ESTABLISHED <-- <SEQ=w+4><CTL=RST>                ...`
  const IN_WINDOW = `
  5. ESTABLISHED <-- <SEQ=w+6><CTL=RST>                ...`
  const CHALLENGE = `
  6. ESTABLISHED --> <SEQ=u><ACK=w+5><CTL=ACK>         -->`
  const EXACT = `
  7. CLOSED      <-- <SEQ=w+5><CTL=RST>                ...`

  it('of a RST, once all three answers to it were seen', () => {
    expect(forged(OUTSIDE + IN_WINDOW + CHALLENGE + EXACT)).toContain('E38')
    expect(forged(IN_WINDOW + CHALLENGE + EXACT)).not.toContain('E38')
    expect(forged(OUTSIDE + IN_WINDOW + EXACT)).not.toContain('E38')
    expect(forged(OUTSIDE + IN_WINDOW + CHALLENGE)).not.toContain('E38')
  })

  it('of a RST outside the window, if it is not answered', () => {
    const answered = OUTSIDE + CHALLENGE.replace('6.', '5.') + IN_WINDOW.replace('5.', '6.')
    expect(forged(answered + CHALLENGE.replace('6.', '7.') + EXACT.replace('7.', '8.'))).not.toContain('E38')
  })

  it('of a SYN, and of an ACK of what was never sent', () => {
    const dropped = (segment: string) => `
  4. ESTABLISHED <-- ${segment} ...`
    const answered = (segment: string) => `${dropped(segment)}
  5. ESTABLISHED --> <SEQ=u><ACK=w+5><CTL=ACK>         -->`
    expect(forged(answered('<SEQ=w+9><CTL=SYN>'))).toContain('E39')
    expect(forged(answered('<SEQ=w+5><ACK=u+1><CTL=ACK>'))).toContain('E40')
    expect(forged(answered('<SEQ=w+5><ACK=u-9><CTL=ACK>'))).toContain('E40')
    expect(forged(dropped('<SEQ=w+5><ACK=u-9><CTL=ACK>'))).not.toContain('E40')
    expect(forged(answered('<SEQ=w+5><ACK=u><CTL=ACK>'))).not.toContain('E40')
  })
})
