import type { SeenSegment } from '../evidence/evidence.ts'
import { stimulusBefore } from '../evidence/stimuli.ts'
import { Bindings } from './bindings.ts'
import { type Circumstances, circumstancesOf, compareNumbers } from './compare.ts'
import { Heap } from '../evidence/heap.ts'
import { departs } from './ladder.ts'
import { directionOf, isCopy, isForged, isOpen, type Moment, type Scene } from './moments.ts'
import {
  type Action,
  type Alignment,
  isBetter,
  isCopyOfExtra,
  keyOf,
  matchOf,
  type Node,
  repeatedStep,
} from './path.ts'
import { PeerOrder, type Position } from './peer-order.ts'
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
  readonly #order: PeerOrder
  readonly #queue = new Heap<Node>(isBetter)
  readonly #done = new Set<string>()
  readonly #circumstances = new Map<string, Circumstances>()

  constructor(steps: readonly Step[], scene: Scene, wrongAtBeginning: (moment: Moment) => number) {
    this.#steps = steps
    this.#scene = scene
    this.#wrongAtBeginning = wrongAtBeginning
    this.#order = new PeerOrder(scene)
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
      ...this.#order.before(this.#scene.moments[index]),
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
    return moments.some(
      ({ kind, at, segment }) => kind === 'arrival' && at.n === stimulus?.n && isForged(segment, hosts),
    )
  }

  #isEnd(node: Node): boolean {
    if (node.step === this.#steps.length) return node.promised.length === 0
    if (this.#scene.complete) return false
    // The run goes on: nothing is left over, but for what may still turn out to come after what is to come.
    const { ahead } = this.#order.split(node)
    return ahead.every(({ kind, at }) => kind === 'arrival' || isOpen(at, this.#scene))
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
    for (const moment of this.#order.next(node)) {
      const past = this.#order.past(node, moment)
      this.#tryMatch(node, step, moment, past)
      this.#pass(node, moment, past)
    }
  }

  #tryMatch(node: Node, step: Step, moment: Moment, past: Position): void {
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
  #pass(node: Node, moment: Moment, past: Position): void {
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
    if (segment.arrived && this.#isAwaited(segment, step)) {
      this.#go(node, 0, { ...past, promised: [...node.promised, segment.id] })
    }
  }

  /** Its arrival has a row, and another row is still to come before that. */
  #comesTooEarly(node: Node, segment: SeenSegment): boolean {
    if (this.#scene.repeats && this.#comesAgain(segment)) return false
    return this.#steps.some(
      ({ departedIn }, at) =>
        at >= node.step && departedIn !== null && matchOf(node, departedIn)?.moment.segment.id === segment.id,
    )
  }

  /** Another copy of it arrives later, and may be the one that the picture shows. */
  #comesAgain(segment: SeenSegment): boolean {
    return this.#scene.moments.some(
      ({ kind, at, segment: other }) =>
        kind === 'arrival' && isCopy(other, segment) && at.n > (segment.arrived?.n ?? Number.POSITIVE_INFINITY),
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
    // While the run goes on, what was not reached is waited for.
    while (this.#scene.complete && node.step < this.#steps.length) {
      const action: Action = { kind: 'missing', step: node.step }
      node = { ...node, step: node.step + 1, cost: node.cost + COST.missing, action, parent: node }
    }
    return node
  }

  #toAlignment(end: Node): Alignment {
    const actions: Action[] = []
    for (let node: Node | null = end; node; node = node.parent) if (node.action) actions.unshift(node.action)
    const past = new Set(this.#order.split(end).behind)
    const hasBegun = end.parent !== null
    const start = hasBegun ? (this.#scene.moments[end.start] ?? null) : null
    return { cost: end.cost, start, actions, past, bindings: end.bindings }
  }
}
