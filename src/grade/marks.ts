import type { PartResult } from './part-result.ts'

/** What came of one submission: its marks, part by part in the assignment's order. */
export interface Marks {
  /** The submission's. */
  readonly name: string
  readonly fingerprint: string
  /** What there is to say of all of it: why it could not be taken in, or what of it was run. */
  readonly remark: string | null
  readonly parts: readonly PartResult[]
}
