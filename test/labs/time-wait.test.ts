import { beforeAll, describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { runLabs } from '../handwave.ts'

/** inet_timewait_sock.c asks for 60 s; at HZ=100 the timer wheel's level rounds that up by at most 5.12 s. */
const SHORTEST_MS = 60_000
const LONGEST_MS = 65_200

describe("TIME_WAIT's life, from the kernel", () => {
  let document: RunDocument

  beforeAll(async () => {
    ;({ document } = await runLabs('time-wait'))
  })

  const evidenceOf = (name: string) => {
    const lab = document.labs.find(lab => lab.case === name)
    if (!lab) throw new Error(`no case ${name}`)
    return lab.evidence
  }
  const timersOf = (name: string) => evidenceOf(name).timers.filter(({ timer }) => timer === 'timewait')

  it.each(['none', 'one', 'five'])('ends when its own timer says, 60 to 65.2 s after its last start: %s', name => {
    const evidence = evidenceOf(name)
    const expired = timersOf(name).filter(({ event }) => event === 'expired')
    expect(expired).toHaveLength(1)
    const lastFin = evidence.segments.findLast(({ flags, from }) => from === 'server' && flags.includes('FIN'))
    const lived = (expired[0]?.tMs ?? 0) - (lastFin?.arrived?.tMs ?? 0)
    expect(lived).toBeGreaterThanOrEqual(SHORTEST_MS)
    expect(lived).toBeLessThanOrEqual(LONGEST_MS)
    const started = timersOf(name).filter(({ event }) => event === 'started')
    expect(expired[0]?.tick).toBe(started.at(-1)?.tick)
    const closed = evidence.states.find(({ host, to }) => host === 'client' && to === 'CLOSED')
    expect(closed).toMatchObject({ from: 'TIME_WAIT', witness: 'timer', tMs: expired[0]?.tMs })
  })

  it.each([
    ['none', 1],
    ['one', 2],
    ['five', 6],
  ])('starts anew with each FIN, by the socket table: %s', (name, fins) => {
    const readings = evidenceOf(name).readings.filter(({ host, state }) => host === 'client' && state === 'TIME_WAIT')
    expect(readings.map(({ remainingMs }) => remainingMs)).toEqual(Array.from({ length: fins }, () => 60_000))
  })

  it('expires later after five losses', () => {
    const end = (name: string) => timersOf(name).at(-1)?.tMs ?? 0
    expect(end('five') - end('none')).toBeGreaterThan(2000)
    expect(timersOf('five').filter(({ event }) => event === 'started').length).toBeGreaterThan(1)
  })

  it('is nothing that the wire shows: all states have a witness in the kernel', () => {
    for (const { evidence } of document.labs) {
      const witnesses = new Set(evidence.states.map(({ witness }) => witness))
      expect([...witnesses].sort()).toEqual(['timer', 'tracepoint'])
    }
  })

  it('shows the edges of the close', () => {
    const edges = document.labs.find(lab => lab.case === 'one')?.edges
    expect(edges).toEqual(expect.arrayContaining(['E33', 'E35', 'E46', 'E48', 'E56', 'E61', 'E63', 'E64']))
    expect(document.labs.find(lab => lab.case === 'none')?.edges).not.toContain('E64')
  })
})
