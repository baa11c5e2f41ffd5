import { UsageError } from '../errors.ts'
import type { Ladder, Row } from './ladder.ts'
import { parseRow } from './parse.ts'

/**
 * Where a kernel is known to do something else than the picture says: another row in place of one, or one more after one.
 * It is expected as firmly as a row: a kernel that begins to follow the picture is noticed.
 */
export type Departure = {
  /** One row of a ladder, its number left out. */
  readonly linux: string
  /** What allows it. */
  readonly because: string
} & (
  | { readonly row: number | string; readonly after?: never }
  | { readonly after: number | string; readonly row?: never }
)

/** A row as it is expected: as printed, or with the departure that says something else. */
export interface ExpectedRow {
  readonly row: Row
  readonly because: string | null
}

export function withDepartures(ladder: Ladder, departures: readonly Departure[]): ExpectedRow[] {
  let rows: ExpectedRow[] = ladder.rows.map(row => ({ row, because: null }))
  for (const departure of departures) rows = withDeparture(rows, departure)
  return rows
}

function withDeparture(rows: readonly ExpectedRow[], departure: Departure): ExpectedRow[] {
  const { because } = departure
  const place = departure.row ?? departure.after
  const at =
    departure.row === undefined
      ? rows.findLastIndex(({ row }) => isAt(row, place))
      : rows.findIndex(({ row }) => isAt(row, place))
  const there = rows[at]?.row
  if (!there) {
    throw new UsageError('DEPARTURE_ROW', `A departure names row ${place}, which the ladder does not have.`, {
      hint: `Its rows are ${rows.map(({ row }) => row.label).join(', ')}.`,
    })
  }
  const { n, line } = there
  const parsed = parseRow(departure.linux)
  if (departure.row !== undefined) return rows.with(at, { row: { ...parsed, n, line, label: there.label }, because })
  const inserted = rows.filter(({ row }) => row.n === n && row.label.includes('+')).length
  const label = inserted === 0 ? `${n}+` : `${n}+${inserted + 1}`
  return rows.toSpliced(at + 1, 0, { row: { ...parsed, n, line, label }, because })
}

/** A number means the first of its lines in `row`, the last one in `after`; a label means its own. */
function isAt(row: Row, place: number | string | undefined): boolean {
  return typeof place === 'number' ? row.n === place : row.label === place
}
