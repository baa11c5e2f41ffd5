import { UsageError } from '../errors.ts'
import type { Pattern } from '../host/wire.ts'
import { departs, isLost, type Ladder, type Row, type RowSegment } from '../ladder/ladder.ts'
import type { LadderMatch } from '../ladder/match.ts'
import { FLAGS, type Flag } from '../tcp/segment.ts'
import type { FaultTarget } from './stage.ts'

/** The rows of a picture whose segment leaves and never arrives. */
export function lostRows(ladder: Ladder): number[] {
  return [...new Set(ladder.rows.filter(({ segment }) => segment && isLost(segment)).map(({ n }) => n))]
}

export interface FaultContext {
  readonly ladder: Ladder
  /** How far the picture has come true. */
  readonly match: LadderMatch
  /** The hosts at the ladder's left and right, and every host's address. */
  readonly peers: { readonly left: string; readonly right: string }
  readonly addresses: Readonly<Record<string, string>>
}

/**
 * Which segment a fault means, as the wire can tell it: by direction and flags, and by how many such segments come
 * before it from now on. A row's own numbers would need no counting, but they are known only when the segment is out.
 */
export function patternOf(target: FaultTarget, context: FaultContext): Pattern {
  if (!('row' in target)) {
    const [to] = Object.keys(context.addresses).filter(name => name !== target.from)
    return between(target.from, to ?? '', readFlags(target.exactly), target.nth ?? 1, context)
  }
  const row = rowToLose(target.row, context)
  const { direction, flags } = row.segment
  const { left, right } = context.peers
  const [from, to] = direction === 'right' ? [left, right] : [right, left]
  return between(from, to, flags, ordinalOf(row, context), context)
}

type SegmentRow = Row & { readonly segment: RowSegment }

function rowToLose(n: number, { ladder }: FaultContext): SegmentRow {
  const row = ladder.rows.find(candidate => candidate.n === n && candidate.segment !== null)
  if (!row?.segment) {
    throw new UsageError('FAULT_ROW', `The ladder has no segment in row ${n}.`, {
      hint: 'lose({ row }) names a row with arrows.',
    })
  }
  if (!isLost(row.segment)) {
    throw new UsageError('FAULT_ROW', `Row ${n} is to be lost, but the ladder draws it as arriving.`, {
      hint: `Put XXX in place of row ${n}'s second arrow.`,
    })
  }
  return row as SegmentRow
}

/** How many segments with the row's flags and direction leave from now on, up to the row's own. */
function ordinalOf(row: SegmentRow, { ladder, match }: FaultContext): number {
  const begins = ladder.rows.find(({ segment }) => segment !== null)
  const opens = begins?.segment?.flags.join() === 'SYN'
  const hasBegun = match.connection !== null
  if (!opens && !hasBegun) {
    throw new UsageError('FAULT_TOO_EARLY', `Row ${row.n} cannot be counted before the connection is there.`, {
      hint: 'Call lose({ row }) after connectTo: segments of the handshake would count otherwise.',
    })
  }
  const upToRow = ladder.rows.slice(0, ladder.rows.indexOf(row) + 1)
  const alike = upToRow.filter(({ segment }) => segment && sameShape(segment, row.segment))
  const gone = alike.filter(({ label }) => match.rows.some(seen => seen.label === label && seen.segment !== null))
  return alike.length - gone.length
}

function sameShape(one: RowSegment, other: RowSegment): boolean {
  return departs(one) && one.direction === other.direction && shape(one.flags) === shape(other.flags)
}

function shape(flags: readonly Flag[]): string {
  return flags
    .filter(flag => flag !== 'PSH')
    .toSorted()
    .join()
}

function between(
  from: string,
  to: string,
  exactly: readonly Flag[],
  nth: number,
  { addresses }: FaultContext,
): Pattern {
  const [fromAddress, toAddress] = [addresses[from], addresses[to]]
  if (fromAddress === undefined || toAddress === undefined) {
    throw new UsageError('FAULT_HOST', `The lab has no host named ${fromAddress === undefined ? from : to}.`, {
      hint: `Its hosts are ${Object.keys(addresses).join(', ')}.`,
    })
  }
  return { from: fromAddress, to: toAddress, exactly, nth }
}

function readFlags(text: string): Flag[] {
  return text.split(',').map(name => {
    const flag = FLAGS.find(known => known === name.trim().toUpperCase())
    if (!flag) throw new UsageError('FLAG', `'${name}' is no TCP flag.`, { hint: `Known are ${FLAGS.join(', ')}.` })
    return flag
  })
}
