import type { Flag } from '../tcp/segment.ts'
import type { TcpState } from '../tcp/states.ts'

/** The textbook's picture of an exchange, as RFC 9293 draws it in figures 6 to 13. */
export interface Ladder {
  /** Left and right, as the first line names them. */
  readonly peers: readonly [string, string]
  readonly rows: readonly Row[]
  readonly text: string
}

export interface Row {
  /** The number printed. */
  readonly n: number
  /** `2`, and for further lines of the same number `2b`, `2c`. */
  readonly label: string
  /** Counts from 1, within the ladder's text. */
  readonly line: number
  readonly left: Side
  readonly right: Side
  readonly segment: RowSegment | null
}

export interface Side {
  /** The state after what the row shows at this peer; null where the picture asserts none. */
  readonly state: TcpState | null
  readonly call: LadderCall | null
  /** Words in parentheses that are no call. They assert nothing. */
  readonly remark: string | null
}

export type LadderCall = 'open' | 'close' | 'abort'

export type Direction = 'right' | 'left'

/** How a row ends at a peer: the segment is there, still in the network, or lost. */
export type Mark = 'arrow' | 'transit' | 'lost'

export interface RowSegment {
  /** Where it travels to: `right` if the left peer sent it. */
  readonly direction: Direction
  readonly left: Mark
  readonly right: Mark
  /** Null where the picture does not say. */
  readonly seq: NumberExpr | null
  readonly ack: NumberExpr | null
  /** As they are written. */
  readonly flags: readonly Flag[]
  /** Null is a segment without data, a number its length. */
  readonly data: null | 'some' | number
}

export type NumberExpr =
  | { readonly kind: 'name'; readonly name: string; readonly plus: number }
  | { readonly kind: 'number'; readonly value: number }

export type PeerSide = 'left' | 'right'

export function senderSide(segment: RowSegment): PeerSide {
  return segment.direction === 'right' ? 'left' : 'right'
}

export function receiverSide(segment: RowSegment): PeerSide {
  return segment.direction
}

/** Whether the row shows the segment leaving its sender. */
export function departs(segment: RowSegment): boolean {
  return segment[senderSide(segment)] === 'arrow'
}

/** Whether it shows it reaching its receiver. */
export function arrives(segment: RowSegment): boolean {
  return segment[receiverSide(segment)] === 'arrow'
}

export function isLost(segment: RowSegment): boolean {
  return segment[receiverSide(segment)] === 'lost'
}

export function otherSide(side: PeerSide): PeerSide {
  return side === 'left' ? 'right' : 'left'
}

/**
 * Rows that only show an arrival belong to the first earlier row that let the same segment go and left it in the network
 * (figure 7, rows 2 and 4). Those without one show an old duplicate (figure 8, row 3). Index of arrival to index of
 * departure, or null.
 */
export function arrivalsOfEarlierRows(rows: readonly Row[]): ReadonlyMap<number, number | null> {
  const underWay: number[] = []
  const links = new Map<number, number | null>()
  for (const [index, { segment }] of rows.entries()) {
    if (!segment) continue
    if (departs(segment)) {
      if (!arrives(segment) && !isLost(segment)) underWay.push(index)
      continue
    }
    const at = underWay.findIndex(earlier => sameContent(rows[earlier]?.segment, segment))
    links.set(index, at < 0 ? null : (underWay.splice(at, 1)[0] ?? null))
  }
  return links
}

function sameContent(a: RowSegment | null | undefined, b: RowSegment): boolean {
  return (
    !!a &&
    a.direction === b.direction &&
    sameNumber(a.seq, b.seq) &&
    sameNumber(a.ack, b.ack) &&
    a.data === b.data &&
    a.flags.length === b.flags.length &&
    a.flags.every(flag => b.flags.includes(flag))
  )
}

function sameNumber(a: NumberExpr | null, b: NumberExpr | null): boolean {
  if (a === null || b === null) return a === b
  if (a.kind === 'name') return b.kind === 'name' && a.name === b.name && a.plus === b.plus
  return b.kind === 'number' && a.value === b.value
}
