import type { CaseRecord } from '../lab/case-record.ts'
import type { TestbedAccount } from './run-document.ts'

/** Of which kernel, and of when, a ledger is. */
export interface LedgerAccount {
  readonly testbed: Pick<TestbedAccount, 'kind' | 'kernel' | 'time'>
  /** ISO 8601: when the first and the last of the runs that it rests on were told. */
  readonly from: string
  readonly to: string
}

export function toLedgerAccount(
  testbed: LedgerAccount['testbed'],
  records: readonly [CaseRecord, ...CaseRecord[]],
): LedgerAccount {
  const times = records.map(({ at }) => at).sort()
  return { testbed, from: times[0] ?? '', to: times.at(-1) ?? '' }
}

/** In a line: `Linux 6.12.117, in virtual time, 2026-11-28 15:41 UTC`. */
export function describeAccount({ testbed: { kernel, time }, from, to }: LedgerAccount): string {
  const [first, last] = [minutes(from), minutes(to)]
  const when = first === last ? first : `${first} to ${last.startsWith(first.slice(0, 10)) ? last.slice(11) : last}`
  return `Linux ${kernel}, in ${time} time, ${when} UTC`
}

function minutes(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}

/** Labs by name, each with its cases, as far as a line takes them: `normal-close, time-wait (none, one)`. */
export function nameSome(shown: readonly { readonly lab: string; readonly case: string | null }[]): string {
  const cases = Map.groupBy(shown, ({ lab }) => lab)
  const names = [...cases].map(([lab, own]) => {
    const named = own.flatMap(({ case: name }) => name ?? [])
    return named.length === 0 ? lab : `${lab} (${named.join(', ')})`
  })
  const rest = names.length - MOST_NAMED
  return rest > 1 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${rest} more` : names.join(', ')
}

const MOST_NAMED = 2
