import type { Marks } from '../marks.ts'
import { partFeedback, plain, sum } from './feedback.ts'

/** Gradescope's results.json (gradescope-autograders.readthedocs.io, "Output format"). */
export interface GradescopeResults {
  readonly score: number
  readonly output: string
  readonly output_format: 'md'
  readonly visibility: 'visible'
  readonly tests: readonly {
    readonly name: string
    readonly score: number
    readonly max_score: number
    readonly status: 'passed' | 'failed'
    readonly output: string
    readonly output_format: 'md'
    readonly visibility: 'visible' | 'hidden'
  }[]
  /** Kept, and shown to nobody: here the marks are found again, should a class's run be interrupted. */
  readonly extra_data: Kept
}

export interface Kept extends Marks {
  /** Of all that marks depend on besides the submission. */
  readonly version: string
}

export function toGradescope(title: string, marks: Marks, version: string): GradescopeResults {
  const { remark, parts } = marks
  return {
    score: sum(parts, 'points'),
    output: [title, ...(remark === null ? [] : [plain(remark)])].join('\n\n'),
    output_format: 'md',
    visibility: 'visible',
    tests: parts.map(part => ({
      name: part.title,
      score: part.points,
      max_score: part.outOf,
      status: part.verdict === 'pass' ? 'passed' : 'failed',
      output: partFeedback(part),
      output_format: 'md',
      visibility: part.visibility,
    })),
    extra_data: { ...marks, version },
  }
}
