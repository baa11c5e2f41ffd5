import { availableParallelism } from 'node:os'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { runLabs } from '../handwave.ts'

/** How often each: three by default, more where there is time. */
const REPEATS = process.env['HANDWAVE_REPEATS'] ?? '3'
const LABS = ['three-way-handshake', 'time-wait/one'] as const

describe('a lab gives the same evidence again', () => {
  it('on an idle machine and on a busy one', async () => {
    const idle = await runLabs(...LABS, '--repeat', REPEATS)
    const busy = await whileBusy(() => runLabs(...LABS, '--repeat', REPEATS))
    const runs = [...bootsOf(idle.document), ...bootsOf(busy.document)]
    expect(runs).toHaveLength(2 * Number(REPEATS))
    expect({ idle: idle.status, busy: busy.status }).toEqual({ idle: 0, busy: 0 })
    const [first, ...others] = runs
    for (const other of others) {
      expect(other.map(({ rows, verdict }) => ({ rows: rows.map(row => row.observed), verdict }))).toEqual(
        first?.map(({ rows, verdict }) => ({ rows: rows.map(row => row.observed), verdict })),
      )
      const drift = differences(timesOf(first ?? []), timesOf(other))
      expect(Math.max(...drift)).toBeLessThanOrEqual(0.001 + 1e-9)
    }
    expect(new Set(runs.map(([lab]) => lab?.boot)).size).toBe(runs.length)
    expect(new Set(runs.map(([lab]) => lab?.evidence.segments[0]?.seq)).size).toBe(runs.length)
  })
})

/** A kernel's clock is set to a moment half a microsecond ahead at least: how often that happened before shows. */
const FEW_MICROSECONDS = 0.01

it('whatever ran before it on the same kernel, but for a few microseconds', async () => {
  const { status, document: alone } = await runLabs('time-wait/one')
  expect(status).toBe(0)
  const { document: later } = await runLabs('time-wait/none', 'three-way-handshake', 'time-wait/one')
  const drift = differences(timesOf(alone.labs), timesOf(later.labs.slice(-1)))
  expect(Math.max(...drift)).toBeLessThan(FEW_MICROSECONDS)
})

type Lab = RunDocument['labs'][number]

function bootsOf({ labs }: RunDocument): Lab[][] {
  return Object.values(Object.groupBy(labs, ({ boot }) => boot)).map(group => group ?? [])
}

/** Of all segments and states, in the order of the evidence. */
function timesOf(labs: readonly Lab[]): number[] {
  return labs.flatMap(({ evidence: { segments, states } }) => [
    ...segments.flatMap(({ departed, arrived }) => [departed.tMs, arrived?.tMs ?? 0]),
    ...states.filter(({ connection }) => !connection.endsWith('-*')).map(({ tMs }) => tMs),
  ])
}

function differences(some: readonly number[], others: readonly number[]): number[] {
  expect(others).toHaveLength(some.length)
  return some.map((time, index) => Math.abs(time - (others[index] ?? Number.NaN)))
}

/** Something that computes on every processor, as long as the work takes. */
async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  const ended = new AbortController()
  const load = Array.from({ length: availableParallelism() }, () =>
    execa('sh', ['-c', 'end=$(($(date +%s) + 600)); while [ "$(date +%s)" -lt $end ]; do :; done'], {
      cancelSignal: ended.signal,
      reject: false,
    }),
  )
  try {
    return await work()
  } finally {
    ended.abort()
    await Promise.all(load)
  }
}
