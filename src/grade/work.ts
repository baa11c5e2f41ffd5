import type { toPlainError } from '../errors.ts'
import type { HowToRun } from './languages.ts'
import type { PartResult } from './part-result.ts'

/** What is to be graded in one boot of the lab kernel. */
export interface GradeRequest {
  readonly assignment: string
  readonly work: readonly GradeWork[]
  /** Where it is marked between containers: what they are made of. */
  readonly docker?: { readonly image: string }
}

export interface GradeWork {
  /** Its number among those of the class. */
  readonly submission: number
  readonly folder: string
  /** Null where no program is to be written. */
  readonly how: HowToRun | null
  /** Those that are still to be done. */
  readonly parts: readonly string[]
}

export type GradeLine =
  /** A second of the lab's time has passed: whoever computes without a pause lets none pass. */
  | { grade: 'beat' }
  | { grade: 'started'; submission: number; part: string }
  | { grade: 'part'; submission: number; result: PartResult }
  | { grade: 'error'; error: ReturnType<typeof toPlainError> }
  | { grade: 'done' }
