import type { Evidence } from '../evidence/evidence.ts'
import { mostHalfOpen } from '../evidence/half-open.ts'
import { WIRE } from './hosts.ts'
import type { LabSpec } from './lab.ts'
import type { NumberResult } from './result.ts'

const HALF_OPEN = 'half-open'

/** What was foretold of each host, and what its kernel says. */
export function compareNumbers(foretold: LabSpec['foretold'], evidence: Evidence): NumberResult[] {
  return Object.entries(foretold ?? {}).flatMap(([host, { halfOpen, counters }]) => {
    const { tcpExt = null } = (host === WIRE ? evidence.wireCounters : evidence.counters[host]) ?? {}
    const compared = (what: string, expected: number, observed: number | null): NumberResult => ({
      host,
      what,
      expected,
      observed,
      ok: expected === observed,
    })
    return [
      // From tables alone nobody can tell what was there for a moment only.
      ...(halfOpen === undefined
        ? []
        : [compared(HALF_OPEN, halfOpen, evidence.unseen ? null : mostHalfOpen(evidence, host))]),
      ...Object.entries(counters).map(([name, expected]) => compared(name, expected, tcpExt && (tcpExt[name] ?? null))),
    ]
  })
}

/** In sentences. */
export function numbersAmiss(numbers: readonly NumberResult[]): { failed: string[]; unseen: string[] } {
  const told = (wrong: (observed: number | null) => boolean) =>
    numbers
      .filter(({ ok, observed }) => !ok && wrong(observed))
      .map(({ host, what, expected, observed }) =>
        observed === null && what !== HALF_OPEN
          ? `${what} at ${host}: its kernel has no counter of that name.`
          : `${what} at ${host}: ${expected} foretold, ${observed ?? 'unseen'}.`,
      )
  return { failed: told(observed => observed !== null), unseen: told(observed => observed === null) }
}
