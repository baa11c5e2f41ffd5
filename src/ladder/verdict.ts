import type { Bindings } from './bindings.ts'
import type { Ladder, Row } from './ladder.ts'

/** A ladder held against the evidence of one run. */
export interface LadderMatch {
  readonly ok: boolean
  /** Nothing more is to come that could decide it: every row is as the picture has it, as far as it was seen. */
  readonly isOver: boolean
  /** Null while no connection between the two peers was seen. */
  readonly connection: string | null
  readonly ladder: Ladder
  readonly rows: readonly RowMatch[]
  /** Segments of the connection that no row has. */
  readonly extras: readonly ExtraSegment[]
  /** Further copies of rows' segments, and the ACKs that they provoked, where the lab allows them. */
  readonly repeats: readonly RepeatedSegment[]
  readonly firstFailure: Failure | null
  /** What the picture's names and numbers have turned out to be. */
  readonly bindings: Bindings
}

/** `unseen`: nothing speaks against it, and not all that it says has a witness. */
export type RowVerdict = 'ok' | 'failed' | 'waiting' | 'unseen'

export interface RowMatch {
  readonly n: number
  readonly label: string
  readonly verdict: RowVerdict
  /** The row in one line of notation, as expected and as it was observed. */
  readonly expected: string
  readonly observed: string
  /** On the lab's clock: when its segment left (or arrived, if that is all that the row shows), or its state changed. */
  readonly tMs: number | null
  /** When its segment arrived. */
  readonly arrivedMs: number | null
  readonly segment: number | null
  /** Places in the evidence's order that it rests on. */
  readonly entries: readonly number[]
  /** What differs, or was not seen: sentences. */
  readonly problems: readonly string[]
  readonly repeats: readonly RepeatedSegment[]
  /** The row that was expected: the ladder's, or a departure's. */
  readonly row: Row
  /** The same row with what was observed; null if nothing was. */
  readonly seen: Row | null
  /** Why a departure stands here in place of what is printed, or beside it. */
  readonly because: string | null
}

export interface ExtraSegment {
  readonly segment: number
  /** The row that was expected when it came, or null after the last row. */
  readonly before: string | null
  readonly tMs: number
  readonly text: string
  readonly seen: Row
}

export interface RepeatedSegment {
  readonly segment: number
  readonly row: string
  readonly tMs: number
  readonly text: string
  readonly seen: Row
}

export interface Failure {
  /** Whether it is so in whichever order all of it happened, as far as clocks leave that open. */
  readonly inAnyOrder: boolean
  /** The label of the row at which picture and evidence part, or `after 4`. */
  readonly row: string
  readonly reason: string
  readonly expected: string
  readonly observed: string
}
