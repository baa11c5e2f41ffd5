import type { SegmentRow } from './compare.ts'
import { departs, arrivalsOfEarlierRows, type Row } from './ladder.ts'

/** A row with a segment: what the alignment places. */
export interface Step {
  readonly row: SegmentRow
  /** Its place among all rows. */
  readonly rowIndex: number
  /** For a row that shows only an arrival, the step that let the segment go; null for an old duplicate's. */
  readonly departedIn: number | null
}

export function stepsOf(rows: readonly Row[]): Step[] {
  const links = arrivalsOfEarlierRows(rows)
  const steps: Step[] = []
  const stepOfRow = new Map<number, number>()
  for (const [rowIndex, row] of rows.entries()) {
    if (!hasSegment(row)) continue
    const link = links.get(rowIndex) ?? null
    stepOfRow.set(rowIndex, steps.length)
    steps.push({ row, rowIndex, departedIn: link === null ? null : (stepOfRow.get(link) ?? null) })
  }
  return steps
}

export function isOldDuplicate({ row, departedIn }: Step): boolean {
  return !departs(row.segment) && departedIn === null
}

function hasSegment(row: Row): row is SegmentRow {
  return row.segment !== null
}
