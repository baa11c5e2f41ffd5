import type { Verdict } from '../lab/result.ts'

/** The exit status that stands for what labs have come to. */
export function statusOf(results: readonly { readonly verdict: Verdict }[]): number {
  if (results.some(({ verdict }) => verdict === 'fail')) return 1
  return results.some(({ verdict }) => verdict === 'inconclusive') ? 3 : 0
}
