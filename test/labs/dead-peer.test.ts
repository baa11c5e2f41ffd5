import { beforeAll, describe, expect, it } from 'vitest'
import type { Evidence } from '../../src/evidence/evidence.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { runLabs } from '../handwave.ts'

const HOUR_MS = 3_600_000
/** The timer wheel is late by up to an eighth of what it was asked for (kernel/time/timer.c). */
const LATE = 1 + 1 / 8

describe('how long a kernel waits for a peer that says nothing', () => {
  let document: RunDocument

  beforeAll(async () => {
    ;({ document } = await runLabs('no-answer/dead', 'are-you-still-there/dead'))
  })

  const evidenceOf = (id: string): Evidence => {
    const lab = document.labs.find(lab => lab.id === id)
    if (lab?.verdict !== 'pass') throw new Error(`${id} did not pass`)
    return lab.evidence
  }
  const lostAt = ({ segments }: Evidence) =>
    segments.filter(({ lost, flags }) => lost && !flags.includes('RST')).map(({ departed }) => departed.tMs)
  const closedAt = ({ states }: Evidence) =>
    states.find(({ host, to }) => host === 'client' && to === 'CLOSED')?.tMs ?? Number.NaN

  it('having said something: twice as long each time, up to two minutes, and until tcp_retries2 is used up', () => {
    const evidence = evidenceOf('no-answer')
    const [written = 0, first = 0, ...others] = lostAt(evidence)
    expect(first - written).toBeGreaterThanOrEqual(200)
    const times = [first, ...others]
    const waits = others.map((time, index) => time - (times[index] ?? 0))
    for (const [index, wait] of waits.entries()) {
      // The first copy is the probe of a tail that may be lost (RFC 8985, 7): it doubles nothing.
      const asked = Math.min(200 * 2 ** index, 120_000)
      expect(wait).toBeGreaterThanOrEqual(asked)
      expect(wait).toBeLessThanOrEqual(asked * LATE)
    }
    // What fifteen doublings from 0.2 s take, if all timers are exact (tcp_model_timeout).
    const limit = 924_600
    const since = closedAt(evidence) - first
    expect(times.at(-1)! - first).toBeLessThan(limit)
    expect(since).toBeGreaterThanOrEqual(limit)
    expect(evidence.timers.at(-1)).toMatchObject({ timer: 'retransmit', tMs: closedAt(evidence) })
  })

  it('having nothing to say: two hours, and nine times a minute and a quarter', () => {
    const evidence = evidenceOf('are-you-still-there')
    const asked = lostAt(evidence)
    expect(asked).toHaveLength(9)
    const established = evidence.states.find(({ host, to }) => host === 'client' && to === 'ESTABLISHED')?.tMs ?? 0
    const waits = [...asked, closedAt(evidence)].map((time, index) => time - (asked[index - 1] ?? established))
    for (const [index, wait] of waits.entries()) {
      const due = index === 0 ? 2 * HOUR_MS : 75_000
      expect(wait).toBeGreaterThanOrEqual(due)
      expect(wait).toBeLessThanOrEqual(due * LATE)
    }
  })

  it('and shows the edges of it', () => {
    const edges = document.labs.flatMap(lab => lab.edges)
    expect(edges).toEqual(expect.arrayContaining(['E43', 'E44']))
  })
})
