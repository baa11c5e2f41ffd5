import type { SeenSegment } from '../evidence/evidence.ts'
import type { Bindings } from './bindings.ts'
import type { Circumstances, Problem } from './compare.ts'
import { isCopy, type Moment, type Scene } from './moments.ts'
import type { Position } from './peer-order.ts'
import { type Owned, repeatOf } from './repeats.ts'

export type Action =
  | {
      readonly kind: 'match'
      readonly step: number
      readonly moment: Moment
      readonly circumstances: Circumstances
      readonly problems: readonly Problem[]
      readonly bindings: Bindings
    }
  | { readonly kind: 'missing'; readonly step: number }
  /** A segment that no row has, come while a step was expected. */
  | { readonly kind: 'extra'; readonly step: number; readonly moment: Moment }
  | { readonly kind: 'repeat'; readonly step: number; readonly moment: Moment }

export interface Alignment {
  readonly cost: number
  /** The moment with which the ladder begins; null if it has not begun. */
  readonly start: Moment | null
  readonly actions: readonly Action[]
  /** What it has explained. */
  readonly past: ReadonlySet<Moment>
  readonly bindings: Bindings
}

/** One way to explain what has happened so far, as far as a step of the ladder. */
export interface Node extends Position {
  /** The step that comes next. */
  readonly step: number
  readonly cost: number
  /** The first step with a difference; -1 is the beginning. */
  readonly failsAt: number
  readonly start: number
  readonly bindings: Bindings
  readonly matched: number
  /** Departures taken for old duplicates whose row comes later. */
  readonly promised: readonly number[]
  /** A step was just left out. Segments that no row has are taken before that, not after: one order is enough. */
  readonly afterMissing: boolean
  readonly action: Action | null
  readonly parent: Node | null
}

export function isBetter(a: Node, b: Node): boolean {
  if (a.cost !== b.cost) return a.cost < b.cost
  if (a.failsAt !== b.failsAt) return a.failsAt > b.failsAt
  if (a.start !== b.start) return a.start < b.start
  return a.step > b.step
}

export function keyOf({ step, left, right, bindings, promised, afterMissing }: Node): string {
  return `${step} ${left} ${right} ${afterMissing ? 1 : 0} ${promised.join()} ${bindings.key}`
}

export function matchOf(node: Node, step: number): Extract<Action, { kind: 'match' }> | null {
  for (let at: Node | null = node; at; at = at.parent) {
    if (at.action?.kind === 'match' && at.action.step === step) return at.action
  }
  return null
}

export function isCopyOfExtra(node: Node, segment: SeenSegment): boolean {
  for (let at: Node | null = node; at; at = at.parent) {
    if (at.action?.kind === 'extra' && isCopy(segment, at.action.moment.segment)) return true
  }
  return false
}

export function repeatedStep(node: Node, segment: SeenSegment, scene: Scene): number | null {
  const matched: Owned[] = []
  const repeats: Owned[] = []
  for (let at: Node | null = node; at; at = at.parent) {
    const { action } = at
    if (action?.kind === 'match') matched.push({ owner: action.step, segment: action.moment.segment })
    if (action?.kind === 'repeat') repeats.push({ owner: action.step, segment: action.moment.segment })
  }
  return repeatOf(segment, matched, repeats, scene)
}
