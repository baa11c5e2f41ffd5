import { dirname, join } from 'node:path'
import { toCaseRecord } from '../lab/case-record.ts'
import type { InsideRequest } from '../lab/inside-request.ts'
import { LABS_FOLDER } from '../lab/load.ts'
import type { TimedResult } from '../lab/outside.ts'
import { errnoOf } from '../testbed/errno.ts'
import { RecordShelf } from './record-shelf.ts'

export interface RanCase {
  readonly file: string
  /** The file's, when it was loaded. */
  readonly source: string
  readonly kernel: string
  readonly result: TimedResult
}

/** What was found of the labs that come with handwave. A run is none the worse where it cannot be written. */
export function leaveRecords(kind: InsideRequest['kind'], ran: readonly RanCase[]): void {
  const shelf = new RecordShelf(kind)
  const at = new Date()
  try {
    for (const { file, source, kernel, result } of ran) {
      if (join(dirname(file), '/') === LABS_FOLDER) shelf.put(kernel, toCaseRecord(result, source, at))
    }
  } catch (error) {
    if (errnoOf(error) === undefined || !(error instanceof Error)) throw error
    process.stderr.write(`handwave: what was found is not kept for claims and coverage: ${error.message}\n`)
  }
}
