import { UsageError } from '../errors.ts'
import type { Pattern } from '../host/losses.ts'
import { addressOf, endsOf } from '../evidence/connections.ts'
import {
  departs,
  isLost,
  type Ladder,
  type PeerSide,
  receiverSide,
  type Row,
  type RowSegment,
} from '../ladder/ladder.ts'
import type { LadderMatch, RowMatch } from '../ladder/verdict.ts'
import { peersOf, SERVER } from './hosts.ts'
import { FLAGS, type Flag } from '../tcp/segment.ts'

export type FaultTarget =
  | { readonly row: number }
  | {
      readonly from: string
      /** Exactly these, PSH aside: `'FIN,ACK'`. */
      readonly exactly: string
      readonly nth?: number
    }

/** Where servers listen and clients call from, unless a play says otherwise. */
export const PORT = 5000
export const FIRST_LOCAL_PORT = 40_000

/** The rows of a picture whose segment leaves and never arrives. */
export function lostRows(ladder: Ladder): number[] {
  return [...new Set(ladder.rows.filter(({ segment }) => segment && isLost(segment)).map(({ n }) => n))]
}

/** What a play that does as its picture says asks of the wire, counted from the picture's own beginning. */
export function drawnFaults(
  ladder: Ladder,
  addresses: FaultContext['addresses'],
): { row: number; fate: 'lost' | 'transit'; pattern: Pattern }[] {
  const begun = { connection: '', rows: [] }
  const peers = peersOf(ladder, Object.keys(addresses))
  return ladder.rows.flatMap(({ n, segment }) => {
    const fate = segment?.[receiverSide(segment)]
    if (!segment || !departs(segment) || (fate !== 'lost' && fate !== 'transit')) return []
    const pattern = patternOf({ row: n }, { ladder, match: begun, peers, addresses }, fate)
    return [{ row: n, fate, pattern }]
  })
}

export interface FaultContext {
  readonly ladder: Ladder
  /** How far the picture has come true. */
  readonly match: Counted
  /** The hosts at the ladder's left and right, and every host's address. */
  readonly peers: { readonly left: string; readonly right: string }
  readonly addresses: Readonly<Record<string, string>>
}

/**
 * Which segment a fault means, as the wire can tell it: by direction and flags, and by how many such segments come
 * before it from now on. A row's own numbers would need no counting, but they are known only when the segment is out.
 */
export function patternOf(target: FaultTarget, context: FaultContext, fate: 'lost' | 'transit'): Pattern {
  if (!('row' in target)) {
    const [to] = Object.keys(context.addresses).filter(name => name !== target.from)
    const { nth = 1 } = target
    if (!Number.isInteger(nth) || nth < 1)
      throw new UsageError('NTH', `There is no segment number ${nth}: they count from 1.`)
    return between(target.from, to ?? '', readFlags(target.exactly), target.nth ?? 1, context)
  }
  const row = rowWithFate(target.row, context, fate)
  const { direction, flags } = row.segment
  const { left, right } = context.peers
  const [from, to] = direction === 'right' ? [left, right] : [right, left]
  return between(from, to, flags, ordinalOf(row, context), context)
}

/** Of a match, what it takes to count segments. */
type Counted = Pick<LadderMatch, 'connection'> & { readonly rows: readonly Pick<RowMatch, 'label' | 'segment'>[] }

type SegmentRow = Row & { readonly segment: RowSegment }

/** The row must show of its segment what the play is about to do to it. */
function rowWithFate(n: number, { ladder }: FaultContext, fate: 'lost' | 'transit'): SegmentRow {
  const row = ladder.rows.find(candidate => candidate.n === n && candidate.segment !== null)
  if (!row?.segment || !departs(row.segment)) {
    throw new UsageError('FAULT_ROW', `The ladder has no segment that leaves in row ${n}.`, {
      hint: 'lose({ row }) and hold({ row }) name a row with arrows.',
    })
  }
  if (row.segment[receiverSide(row.segment)] !== fate) {
    const [verb, mark] = fate === 'lost' ? ['lost', 'XXX'] : ['held', '...']
    throw new UsageError('FAULT_ROW', `Row ${n} is to be ${verb}, but the ladder draws it otherwise.`, {
      hint: `Put ${mark} in place of row ${n}'s second arrow.`,
    })
  }
  return row as SegmentRow
}

/** A peer's end of the picture's connection, or of the one that there would be. */
export function endpointOf(side: PeerSide, { match, peers, addresses }: FaultContext): string {
  const address = addresses[peers[side]] ?? ''
  const end = match.connection === null ? undefined : endsOf(match.connection).find(end => addressOf(end) === address)
  const isCalled = peers[side] === SERVER || (side === 'right' && peers.left !== SERVER)
  return end ?? `${address}:${isCalled ? PORT : FIRST_LOCAL_PORT}`
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

/** By which two segments' flags are the same, PSH aside. */
export function shape(flags: readonly Flag[]): string {
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
  return { from: addressIn(addresses, from), to: addressIn(addresses, to), exactly, nth }
}

/** The address of a host that a play names. */
export function addressIn(addresses: FaultContext['addresses'], name: string): string {
  const address = addresses[name]
  if (address !== undefined) return address
  throw new UsageError('FAULT_HOST', `The lab has no host named ${name}.`, {
    hint: `Its hosts are ${Object.keys(addresses).join(', ')}.`,
  })
}

export function readFlags(text: string): Flag[] {
  return text.split(',').map(name => {
    const flag = FLAGS.find(known => known === name.trim().toUpperCase())
    if (!flag) throw new UsageError('FLAG', `'${name}' is no TCP flag.`, { hint: `Known are ${FLAGS.join(', ')}.` })
    return flag
  })
}
