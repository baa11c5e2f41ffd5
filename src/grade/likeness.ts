import { Bindings } from '../ladder/bindings.ts'
import { otherSide, type Row, type RowSegment, senderSide } from '../ladder/ladder.ts'
import type { RowMatch } from '../ladder/verdict.ts'

export interface DrawnRows {
  readonly rows: readonly RowMatch[]
  /** Something of the row could not be read. */
  readonly isStruck: (row: Row) => boolean
  /** What could not be read may have said what these names stand for. */
  readonly names: Iterable<string>
}

/**
 * Those of the assignment's own rows that are drawn, each of which says as much as it could be asked to. `own` are these rows with
 * their peers where the drawing has them.
 */
export function rowsDrawn(
  truth: readonly RowMatch[],
  own: readonly Row[],
  { rows, isStruck, names }: DrawnRows,
): RowMatch[] {
  const asked = toldBy(own, [])
  const told = toldBy(
    rows.map(({ row }) => row),
    names,
  )
  return truth.filter((_, index) => {
    const drawn = counterpart(truth, index, rows)
    if (drawn?.verdict !== 'ok' || isStruck(drawn.row)) return false
    const says = told[rows.indexOf(drawn)]
    return [...(asked[index] ?? [])].every(thing => says?.has(thing))
  })
}

type Told = 'left' | 'right' | 'seq' | 'ack' | 'data' | 'where seq counts from' | 'where ack counts from'

/** What each row says, at whatever value. That a number counts from an earlier one is more than that there is one. */
function toldBy(rows: readonly Row[], names: Iterable<string>): Set<Told>[] {
  let known = Bindings.none
  for (const name of names) known = known.bind({ kind: 'name', name, plus: 0 }, 'left', 0)
  return rows.map(({ left, right, segment }) => {
    const told = new Set<Told>()
    if (left.state !== null) told.add('left')
    if (right.state !== null) told.add('right')
    if (segment === null) return told
    if (segment.data !== null) told.add('data')
    for (const { field, expr, space } of numbersOf(segment)) {
      if (expr === null) continue
      told.add(field)
      if (known.valueOf(expr, space) !== null) told.add(`where ${field} counts from`)
      known = known.bind(expr, space, 0)
    }
    return told
  })
}

function numbersOf(segment: RowSegment) {
  const sender = senderSide(segment)
  return [
    { field: 'seq', expr: segment.seq, space: sender },
    { field: 'ack', expr: segment.ack, space: otherSide(sender) },
  ] as const
}

/** The same row where its peers stand in each other's place. */
export function mirrored(row: Row): Row {
  const { left, right, segment } = row
  if (segment === null) return { ...row, left: right, right: left }
  const direction = segment.direction === 'left' ? 'right' : 'left'
  return {
    ...row,
    left: right,
    right: left,
    segment: { ...segment, direction, left: segment.right, right: segment.left },
  }
}

/** The row of the same segment; of a row without one, that which has the same place among those between two segments. */
function counterpart(truth: readonly RowMatch[], index: number, rows: readonly RowMatch[]): RowMatch | undefined {
  const drawnAt = ({ segment }: RowMatch) => (segment === null ? -1 : rows.findIndex(row => row.segment === segment))
  const own = truth[index]
  if (own === undefined || own.segment !== null) return own && rows[drawnAt(own)]
  const before = truth.findLastIndex((row, at) => at < index && drawnAt(row) >= 0)
  const after = truth.find((row, at) => at > index && drawnAt(row) >= 0)
  const [from, to] = [truth[before] ? drawnAt(truth[before]) : -1, after ? drawnAt(after) : rows.length]
  const place = truth.slice(before + 1, index).filter(({ segment }) => segment === null).length
  return rows.slice(from + 1, to).filter(({ row }) => row.segment === null)[place]
}
