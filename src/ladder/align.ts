import type { SeenSegment } from '../evidence/evidence.ts'
import { sameMoment, stimulusBefore } from '../evidence/query.ts'
import { Bindings } from './bindings.ts'
import { type Circumstances, circumstancesOf, compareNumbers, type Problem } from './compare.ts'
import { Heap } from './heap.ts'
import { departs } from './ladder.ts'
import { directionOf, areConcurrent, isCopy, isForged, isOpen, type Moment, type Scene } from './moments.ts'
import { type Owned, repeatOf } from './repeats.ts'
import { isOldDuplicate, type Step } from './steps.ts'

/**
 * What differences cost. The best alignment is the cheapest, and among equals the one that agrees the longest. The order
 * matters: if one thing in one row is wrong, no explanation that blames another row may be cheaper. So a wrong field
 * (a row has a handful) costs least; a segment that no row has costs less than a state that does not hold where the
 * ladder begins, or a ladder whose first segment was struck out would begin one segment later; and that costs less than
 * a row without a segment, or one wrong state in row 1 would move the beginning past row 2.
 */
const COST = { field: 2, extra: 4, beginning: 5, missing: 6 }

/** More than any lab needs. Beyond it the alignment is the best one found so far. */
const MAX_STEPS = 100_000

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
  /** How many moments of each peer are behind. */
  readonly past: ReadonlySet<Moment>
  readonly bindings: Bindings
}

interface Node {
  /** The step that comes next, and how many moments are behind at each peer. */
  readonly step: number
  readonly left: number
  readonly right: number
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

/** Which segment belongs to which step, as a whole: the cheapest explanation, not the first that comes along. */
export function align(
  steps: readonly Step[],
  scene: Scene,
  /** How much of what the ladder begins with (states, calls) is not so just before a moment. */
  wrongAtBeginning: (moment: Moment) => number,
): Alignment {
  return new Search(steps, scene, wrongAtBeginning).run()
}

class Search {
  readonly #steps: readonly Step[]
  readonly #scene: Scene
  readonly #wrongAtBeginning: (moment: Moment) => number
  readonly #own: Readonly<Record<'left' | 'right', readonly Moment[]>>
  readonly #queue = new Heap<Node>(isBetter)
  readonly #done = new Set<string>()
  readonly #circumstances = new Map<string, Circumstances>()
  readonly #hasOldDuplicates: boolean

  constructor(steps: readonly Step[], scene: Scene, wrongAtBeginning: (moment: Moment) => number) {
    this.#steps = steps
    this.#scene = scene
    this.#wrongAtBeginning = wrongAtBeginning
    this.#own = {
      left: scene.moments.filter(({ side }) => side === 'left'),
      right: scene.moments.filter(({ side }) => side === 'right'),
    }
    this.#hasOldDuplicates = steps.some(isOldDuplicate)
  }

  run(): Alignment {
    for (const start of this.#starts()) this.#queue.push(start)
    const ends: Node[] = []
    let hasBegun = false
    let furthest: Node | undefined
    for (let count = 0; count < MAX_STEPS; count++) {
      const node = this.#queue.pop()
      const [end] = ends
      if (!node || (end && (node.cost > end.cost || node.failsAt < end.failsAt))) break
      const key = keyOf(node)
      if (this.#done.has(key)) continue
      this.#done.add(key)
      if (!furthest || node.step > furthest.step) furthest = node
      if (node.cost === 0 && node.matched > 0) hasBegun = true
      // Once the picture has begun to come true, that it has not begun is no explanation.
      const isEnd = this.#isEnd(node)
      if (isEnd && (node.matched > 0 || node.step === this.#steps.length || !hasBegun)) ends.push(node)
      if (isEnd && this.#scene.complete) break
      this.#expand(node, isEnd)
    }
    const best = ends.toSorted((a, b) => b.matched - a.matched || a.start - b.start)[0]
    return this.#toAlignment(best ?? this.#giveUp(furthest))
  }

  #starts(): Node[] {
    const { moments } = this.#scene
    const [first] = this.#steps
    const beginsWithArrival = first !== undefined && !departs(first.row.segment)
    const begins = (moment: Moment) =>
      moment.kind === 'departure'
        ? !this.#answersForged(moment)
        : beginsWithArrival || isForged(moment.segment, this.#scene.hosts)
    const starts: Node[] = []
    for (const [index, moment] of moments.entries()) {
      if (!begins(moment)) continue
      const cost = this.#wrongAtBeginning(moment) * COST.beginning
      starts.push(this.#startAt(index, cost))
    }
    return [...starts, this.#startAt(moments.length, 0)]
  }

  #startAt(index: number, cost: number): Node {
    return {
      step: 0,
      left: this.#countBefore(index, 'left'),
      right: this.#countBefore(index, 'right'),
      cost,
      failsAt: cost > 0 ? -1 : Number.POSITIVE_INFINITY,
      start: index,
      bindings: Bindings.none,
      matched: 0,
      promised: [],
      afterMissing: false,
      action: null,
      parent: null,
    }
  }

  /** A ladder begins before what makes its first segment leave: a forged segment that does is in it. */
  #answersForged(moment: Moment): boolean {
    const { evidence, connection, hosts, moments } = this.#scene
    const stimulus = stimulusBefore(evidence, hosts[moment.side], connection, moment.at)
    if (!stimulus || !sameMoment(stimulus, moment.at)) return false
    return moments.some(
      ({ kind, at, segment }) => kind === 'arrival' && at.n === stimulus.n && isForged(segment, hosts),
    )
  }

  /** What lies before a beginning at a peer. What happens there in the same moment does not: it may come second. */
  #countBefore(index: number, side: 'left' | 'right'): number {
    const { moments, hosts } = this.#scene
    const start = moments[index]
    if (!start) return this.#own[side].length
    const isBefore = (moment: Moment) => moment.at.n < start.at.n && !areConcurrent(moment, start, moments, hosts)
    const count = this.#own[side].findIndex(moment => !isBefore(moment))
    return count < 0 ? this.#own[side].length : count
  }

  #isEnd(node: Node): boolean {
    if (node.step === this.#steps.length) return node.promised.length === 0
    if (this.#scene.complete) return false
    // The run goes on: nothing is left over, but for what may still turn out to come after what is to come.
    return [...this.#own.left.slice(node.left), ...this.#own.right.slice(node.right)].every(
      ({ kind, at }) => kind === 'arrival' || isOpen(at, this.#scene),
    )
  }

  #expand(node: Node, isEnd: boolean): void {
    const step = this.#steps[node.step]
    if (!step) return
    if (!isEnd) {
      this.#go(node, COST.missing, {
        step: node.step + 1,
        afterMissing: true,
        action: { kind: 'missing', step: node.step },
      })
    }
    for (const moment of this.#nextMoments(node)) {
      const past = { [moment.side]: node[moment.side] + 1 } as { left: number } | { right: number }
      this.#tryMatch(node, step, moment, past)
      this.#pass(node, moment, past)
    }
  }

  /** What comes next at each peer; out of order only what is concurrent with all that it overtakes. */
  #nextMoments(node: Node): Moment[] {
    const { moments, hosts } = this.#scene
    const next: Moment[] = []
    for (const [side, other] of [
      ['left', 'right'],
      ['right', 'left'],
    ] as const) {
      const moment = this.#own[side][node[side]]
      if (!moment) continue
      let overtaken = node[other]
      let inOrder = true
      for (let at = this.#own[other][overtaken]; at && at.at.n < moment.at.n; at = this.#own[other][++overtaken]) {
        if (areConcurrent(at, moment, moments, hosts)) continue
        inOrder = false
        break
      }
      if (inOrder) next.push(moment)
    }
    return next
  }

  #tryMatch(node: Node, step: Step, moment: Moment, past: Partial<Node>): void {
    const { segment: row } = step.row
    if (departs(row) !== (moment.kind === 'departure')) return
    if (row.direction !== directionOf(moment.segment, this.#scene.hosts)) return
    if (!departs(row) && !this.#mayArrive(node, step, moment.segment)) return
    const circumstances = this.#circumstancesOf(step, moment)
    const { problems, bindings } = compareNumbers(step.row, moment.segment, node.bindings)
    const all = [...problems, ...circumstances.problems]
    this.#go(node, all.length * COST.field, {
      ...past,
      step: node.step + 1,
      matched: node.matched + 1,
      bindings,
      promised: node.promised.filter(id => id !== moment.segment.id),
      afterMissing: false,
      action: { kind: 'match', step: node.step, moment, circumstances, problems: all, bindings },
    })
  }

  /** An arrival belongs to the segment of the row that let it go; an old duplicate's to one that no row has. */
  #mayArrive(node: Node, step: Step, segment: SeenSegment): boolean {
    const departure = step.departedIn === null ? undefined : matchOf(node, step.departedIn)
    if (departure) {
      const { segment: departed } = departure.moment
      return departed.id === segment.id || (this.#scene.repeats && isCopy(segment, departed))
    }
    // Where the row that let it go has nothing, this cannot be what was taken for an old duplicate.
    if (step.departedIn !== null && node.promised.includes(segment.id)) return false
    for (let at: Node | null = node; at; at = at.parent) {
      if (at.action?.kind === 'match' && at.action.moment.segment.id === segment.id) return false
    }
    return true
  }

  /** Goes past a moment that is no row's. */
  #pass(node: Node, moment: Moment, past: Partial<Node>): void {
    const { segment } = moment
    const step = node.step
    if (moment.kind === 'arrival') {
      const isForeign = isForged(segment, this.#scene.hosts)
      if (!isForeign && !node.promised.includes(segment.id) && !this.#comesTooEarly(node, segment)) {
        this.#go(node, 0, past)
        return
      }
      const promised = node.promised.filter(id => id !== segment.id)
      this.#go(node, COST.extra, { ...past, promised, action: { kind: 'extra', step, moment } })
      return
    }
    const repeated = this.#scene.repeats ? repeatedStep(node, segment, this.#scene) : null
    if (repeated !== null) this.#go(node, 0, { ...past, action: { kind: 'repeat', step: repeated, moment } })
    else if (!node.afterMissing) {
      // Copies of one segment that no row has are one thing that is wrong.
      const cost = this.#scene.repeats && isCopyOfExtra(node, segment) ? 0 : COST.extra
      this.#go(node, cost, { ...past, action: { kind: 'extra', step, moment } })
    }
    if (this.#hasOldDuplicates && segment.arrived && this.#isAwaited(segment, step)) {
      this.#go(node, 0, { ...past, promised: [...node.promised, segment.id] })
    }
  }

  /** Its arrival has a row, and another row is still to come before that. */
  #comesTooEarly(node: Node, segment: SeenSegment): boolean {
    if (this.#scene.repeats) return false
    return this.#steps.some(
      ({ departedIn }, at) =>
        at >= node.step && departedIn !== null && matchOf(node, departedIn)?.moment.segment.id === segment.id,
    )
  }

  #isAwaited(segment: SeenSegment, from: number): boolean {
    const direction = directionOf(segment, this.#scene.hosts)
    return this.#steps.slice(from).some(step => isOldDuplicate(step) && step.row.segment.direction === direction)
  }

  #go(from: Node, cost: number, change: Partial<Node>): void {
    const failsAt = from.cost === 0 && cost > 0 ? from.step : from.failsAt
    const node = { ...from, action: null, ...change, cost: from.cost + cost, failsAt, parent: from }
    if (!this.#done.has(keyOf(node))) this.#queue.push(node)
  }

  #circumstancesOf(step: Step, moment: Moment): Circumstances {
    const key = `${step.rowIndex} ${moment.segment.id} ${moment.kind}`
    const known = this.#circumstances.get(key)
    if (known) return known
    const found = circumstancesOf(step.row, moment, this.#scene)
    this.#circumstances.set(key, found)
    return found
  }

  #giveUp(furthest: Node | undefined): Node {
    let node = furthest ?? this.#startAt(this.#scene.moments.length, 0)
    while (node.step < this.#steps.length) {
      const action: Action = { kind: 'missing', step: node.step }
      node = { ...node, step: node.step + 1, cost: node.cost + COST.missing, action, parent: node }
    }
    return node
  }

  #toAlignment(end: Node): Alignment {
    const actions: Action[] = []
    for (let node: Node | null = end; node; node = node.parent) if (node.action) actions.unshift(node.action)
    const past = new Set([...this.#own.left.slice(0, end.left), ...this.#own.right.slice(0, end.right)])
    const hasBegun = end.parent !== null
    const start = hasBegun ? (this.#scene.moments[end.start] ?? null) : null
    return { cost: end.cost, start, actions, past, bindings: end.bindings }
  }
}

function isBetter(a: Node, b: Node): boolean {
  if (a.cost !== b.cost) return a.cost < b.cost
  if (a.failsAt !== b.failsAt) return a.failsAt > b.failsAt
  if (a.start !== b.start) return a.start < b.start
  return a.step > b.step
}

function keyOf({ step, left, right, bindings, promised, afterMissing }: Node): string {
  return `${step} ${left} ${right} ${afterMissing ? 1 : 0} ${promised.join()} ${bindings.key}`
}

function matchOf(node: Node, step: number): Extract<Action, { kind: 'match' }> | null {
  for (let at: Node | null = node; at; at = at.parent) {
    if (at.action?.kind === 'match' && at.action.step === step) return at.action
  }
  return null
}

function isCopyOfExtra(node: Node, segment: SeenSegment): boolean {
  for (let at: Node | null = node; at; at = at.parent) {
    if (at.action?.kind === 'extra' && isCopy(segment, at.action.moment.segment)) return true
  }
  return false
}

function repeatedStep(node: Node, segment: SeenSegment, scene: Scene): number | null {
  const matched: Owned[] = []
  const repeats: Owned[] = []
  for (let at: Node | null = node; at; at = at.parent) {
    const { action } = at
    if (action?.kind === 'match') matched.push({ owner: action.step, segment: action.moment.segment })
    if (action?.kind === 'repeat') repeats.push({ owner: action.step, segment: action.moment.segment })
  }
  return repeatOf(segment, matched, repeats, scene)
}
