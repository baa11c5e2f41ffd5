import type { LabResult } from './result.ts'

/** What the runner inside the lab kernel says to the process outside: one JSON document a line. */
export type RelayLine =
  | { relay: 'booted'; kernel: string; boot: string }
  | { relay: 'started'; id: string; case: string | null; title: string }
  | { relay: 'result'; result: LabResult }
  | {
      relay: 'error'
      name: string
      code: string
      message: string
      hint?: string | undefined
      stack?: string | undefined
    }
  /** All that was asked for has been told. */
  | { relay: 'done' }
  /** The runner has ended. */
  | { relay: 'end'; status: number }
