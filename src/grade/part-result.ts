import type { PictureLine } from '../lab/result.ts'

/** What came of one part for one submission. */
export interface PartResult {
  readonly part: string
  readonly title: string
  readonly points: number
  readonly outOf: number
  readonly visibility: 'visible' | 'hidden'
  readonly section: string | null
  /** Undecided where the evidence has a hole: no points, and somebody should look at it. */
  readonly verdict: 'pass' | 'fail' | 'undecided'
  /** Why it is not a pass. */
  readonly reasons: readonly string[]
  readonly checks: readonly CheckResult[]
  /** Where picture and kernel part first. */
  readonly differs: { readonly row: string; readonly expected: string; readonly observed: string } | null
  /** The picture as it was observed. */
  readonly picture: readonly PictureLine[]
  /** The program's last words. */
  readonly said: string
}

export interface CheckResult {
  readonly sentence: string
  readonly ok: boolean
  /** What was not seen. */
  readonly why: string | null
}
