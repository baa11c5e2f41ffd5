import type { Alignment } from './path.ts'
import type { Bindings } from './bindings.ts'
import type { Circumstances, Problem } from './compare.ts'
import type { PeerSide } from './ladder.ts'
import type { Moment } from './moments.ts'
import type { Step } from './steps.ts'

/** A row with the segment that it was given. */
export interface Placed {
  readonly moment: Moment
  readonly circumstances: Circumstances
  readonly problems: readonly Problem[]
  readonly bindings: Bindings
}

/** The alignment by rows instead of by what happened. */
export interface Placement {
  readonly placed: ReadonlyMap<number, Placed>
  readonly missing: ReadonlySet<number>
  /** Segments that no row has, by the row that was expected when they came. */
  readonly extras: Map<number, Moment[]>
  readonly repeats: Map<number, Moment[]>
}

export function placeRows(steps: readonly Step[], alignment: Alignment): Placement {
  const placed = new Map<number, Placed>()
  const missing = new Set<number>()
  const extras = new Map<number, Moment[]>()
  const repeats = new Map<number, Moment[]>()
  for (const action of alignment.actions) {
    const rowIndex = steps[action.step]?.rowIndex ?? -1
    // Rows of states in between come first: it is at them that the picture goes on without the segment.
    const previous = steps[action.step - 1]?.rowIndex
    const expectedAt = previous === undefined ? rowIndex : previous + 1
    if (action.kind === 'match') placed.set(rowIndex, action)
    else if (action.kind === 'missing') missing.add(rowIndex)
    else if (action.kind === 'extra') addTo(extras, expectedAt, action.moment)
    else addTo(repeats, rowIndex, action.moment)
  }
  return { placed, missing, extras, repeats }
}

export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

export function placedBefore(placement: Placement, rowIndex: number): Placed | null {
  for (let index = rowIndex - 1; index >= 0; index--) {
    const found = placement.placed.get(index)
    if (found) return found
  }
  return null
}

export type BySide<T> = Readonly<Record<PeerSide, T>>
