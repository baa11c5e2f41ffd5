import type { Evidence, Instant, StateChange } from './evidence.ts'

/** Something at a host, and where it stands there. */
export interface At {
  readonly host: string
  readonly instant: Instant & Pick<StateChange, 'cause'>
}

/** Whether one thing came before another because it had to, whatever the clocks say. */
export function mustPrecede(evidence: Evidence, first: At, second: At): boolean {
  if (first.instant.n >= second.instant.n) return false
  if (areOneObservers(evidence, first, second)) return true
  const known = new Map<string, Instant>()
  const reaches = ({ host, instant }: At) => {
    if (host === first.host && (instant.n === first.instant.n || isSurelyAfter(first.instant, instant))) return true
    const since = known.get(host)
    return since !== undefined && (since.n === instant.n || isSurelyAfter(since, instant))
  }
  const byDeparture = evidence.segments.toSorted((a, b) => a.departed.n - b.departed.n)
  for (const { from, to, departed, arrived } of byDeparture) {
    if (!arrived || arrived.n > second.instant.n || !reaches({ host: from, instant: departed })) continue
    const since = known.get(to)
    if (!since || arrived.n < since.n) known.set(to, arrived)
  }
  return reaches(second)
}

/** The wire has heard both leave, or one host both arrive: no observer mistakes its own order. */
function areOneObservers({ segments, hosts }: Evidence, first: At, second: At): boolean {
  const departs = ({ instant: { n } }: At) => segments.some(({ departed, from }) => departed.n === n && from in hosts)
  const arrives = ({ instant: { n } }: At) => segments.some(({ arrived }) => arrived?.n === n)
  return (departs(first) && departs(second)) || (first.host === second.host && arrives(first) && arrives(second))
}

/** At one host. */
export function isSurelyAfter(earlier: Instant, later: At['instant']): boolean {
  if (later.cause !== undefined && later.cause === earlier.n) return true
  return earlier.n < later.n && (later.sureN === undefined || earlier.n <= later.sureN)
}
