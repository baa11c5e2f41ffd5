import { TCP_STATES, type TcpState } from '../tcp/states.ts'
import { INEXPLICABLE, type Stimulus, stepsFor, unpromptedSteps } from './explain.ts'

/** Something at a place in the order that may have moved a connection's state at one host. */
export interface Prompt {
  readonly place: number
  readonly stimulus: Stimulus
  readonly earliestNs: number
  readonly latestNs: number
}

/** What the host's table said of the connection: no line is CLOSED. */
export interface Look {
  readonly place: number
  readonly state: TcpState
  readonly beginNs: number
  readonly endNs: number
}

/** What the state may have been at a point: once so many stimuli had come, right behind the last of them or before the next. */
export interface Layer {
  readonly position: number
  readonly isBehind: boolean
  readonly states: ReadonlySet<TcpState>
}

/** How many stimuli may have come before a look. */
interface Range {
  readonly least: number
  readonly most: number
}

export interface Explanation {
  readonly layers: readonly Layer[]
  readonly ranges: readonly Range[]
  /** Of each look, in one of the explanations, how many stimuli had come. */
  readonly taken: readonly number[]
  /** Of each stimulus, the states that it may have led through. */
  readonly via: readonly (readonly TcpState[])[]
  /** Whether a single step that nobody told of leads from one state to the other. */
  isOneStep(from: TcpState, to: TcpState): boolean
}

/**
 * All the best explanations of what a table has shown: from CLOSED on, each stimulus moves the state or does not, each look
 * shows it at some point where it may have been taken, and as little as can be is put down to what nobody told of.
 */
export function explain(prompts: readonly Prompt[], looks: readonly Look[]): Explanation {
  const ranges = rangesOf(prompts, looks)
  return new Grid(prompts, looks, ranges).explanation()
}

/** A sniffer is shown a segment before TCP is (ip_local_deliver_finish): a look right after it may have come too early. */
const SETTLED_NS = 1_000_000

function rangesOf(prompts: readonly Prompt[], looks: readonly Look[]): Range[] {
  const ranges: Range[] = []
  let least = 0
  for (const { beginNs, endNs } of looks) {
    for (let prompt = prompts[least]; prompt && isOver(prompt, beginNs); prompt = prompts[least]) least++
    let most = Math.max(least, ranges.at(-1)?.least ?? 0)
    while (most < prompts.length && (prompts[most]?.earliestNs ?? 0) <= endNs) most++
    ranges.push({ least, most })
  }
  return ranges
}

function isOver({ stimulus, latestNs }: Prompt, tNs: number): boolean {
  return latestNs + (stimulus.kind === 'arrival' ? SETTLED_NS : 0) <= tNs
}

const STATES = TCP_STATES.map((_, index) => index)
const indexOf = new Map(TCP_STATES.map((state, index) => [state, index]))

interface Arc {
  readonly to: number
  readonly cost: number
}

const UNPROMPTED: readonly (readonly Arc[])[] = TCP_STATES.map(state => {
  const costs: number[] = STATES.map(() => INEXPLICABLE)
  costs[indexOf.get(state) ?? 0] = 0
  for (const { to, cost } of unpromptedSteps(state)) {
    const index = indexOf.get(to) ?? 0
    costs[index] = Math.min(costs[index] ?? INEXPLICABLE, cost)
  }
  return costs.map((cost, to) => ({ to, cost }))
})

/** Points of the plane of stimuli taken and looks taken; at each, the cost of each state so far, and from there on. */
class Grid {
  readonly #prompts: readonly Prompt[]
  readonly #looks: readonly Look[]
  readonly #ranges: readonly Range[]
  readonly #steps: readonly (readonly { from: number; to: number; via: readonly TcpState[] }[])[]

  constructor(prompts: readonly Prompt[], looks: readonly Look[], ranges: readonly Range[]) {
    this.#prompts = prompts
    this.#looks = looks
    this.#ranges = ranges
    this.#steps = prompts.map(({ stimulus }) =>
      TCP_STATES.flatMap((state, from) =>
        stepsFor(state, stimulus).map(({ to, via }) => ({ from, to: indexOf.get(to) ?? 0, via })),
      ),
    )
  }

  explanation(): Explanation {
    const forth = this.#forth()
    const back = this.#back()
    const end = forth.after.get(this.#key(this.#prompts.length, this.#looks.length)) ?? nowhere()
    const best = Math.min(...end)
    const isBest = (cost: number) => cost === best
    const before = this.#prompts.map(() => new Set<TcpState>())
    const behind = this.#prompts.map(() => new Set<TcpState>())
    const via = this.#prompts.map(() => new Set<TcpState>())
    const taken: number[] = []
    for (const [k, j] of this.#points()) {
      const so = forth.after.get(this.#key(k, j))
      if (!so) continue
      const state = this.#looks[j]?.state
      const shown = state === undefined ? -1 : (indexOf.get(state) ?? -1)
      const lookedAt = this.#mayLook(k, j) ? back.before.get(this.#key(k, j + 1)) : undefined
      if (lookedAt && isBest((so[shown] ?? Infinity) + (lookedAt[shown] ?? Infinity))) taken[j] ??= k
      const on = this.#mayPrompt(k, j) ? back.before.get(this.#key(k + 1, j)) : undefined
      for (const step of on ? (this.#steps[k] ?? []) : []) {
        if (!isBest((so[step.from] ?? Infinity) + (on?.[step.to] ?? Infinity))) continue
        before[k]?.add(stateAt(step.from))
        behind[k]?.add(stateAt(step.to))
        for (const passed of step.via) via[k]?.add(passed)
      }
    }
    const last = new Set(TCP_STATES.filter((_, index) => isBest(end[index] ?? Infinity)))
    const layers: Layer[] = [{ position: 0, isBehind: false, states: new Set(['CLOSED']) }]
    for (const [k] of this.#prompts.entries()) {
      layers.push({ position: k, isBehind: false, states: before[k] ?? new Set() })
      layers.push({ position: k + 1, isBehind: true, states: behind[k] ?? new Set() })
    }
    layers.push({ position: this.#prompts.length, isBehind: false, states: last })
    return {
      layers,
      ranges: this.#ranges,
      taken,
      via: via.map(passed => [...passed]),
      isOneStep: (from, to) =>
        (UNPROMPTED[indexOf.get(from) ?? 0]?.[indexOf.get(to) ?? 0]?.cost ?? INEXPLICABLE) < INEXPLICABLE,
    }
  }

  #forth(): Costs {
    const costs: Costs = { before: new Map(), after: new Map() }
    const start = nowhere()
    start[indexOf.get('CLOSED') ?? 0] = 0
    costs.before.set(this.#key(0, 0), start)
    for (const [k, j] of this.#points()) {
      const here = costs.before.get(this.#key(k, j))
      if (!here) continue
      const rested = nowhere()
      for (const from of STATES) {
        for (const { to, cost } of UNPROMPTED[from] ?? []) improve(rested, to, (here[from] ?? Infinity) + cost)
      }
      costs.after.set(this.#key(k, j), rested)
      const shown = this.#looks[j]
      if (shown && this.#mayLook(k, j)) {
        const index = indexOf.get(shown.state) ?? 0
        improve(at(costs.before, this.#key(k, j + 1)), index, rested[index] ?? Infinity)
      }
      if (!this.#mayPrompt(k, j)) continue
      const next = at(costs.before, this.#key(k + 1, j))
      for (const { from, to } of this.#steps[k] ?? []) improve(next, to, rested[from] ?? Infinity)
    }
    return costs
  }

  #back(): Costs {
    const costs: Costs = { before: new Map(), after: new Map() }
    for (const [k, j] of this.#points().toReversed()) {
      const isEnd = k === this.#prompts.length && j === this.#looks.length
      const on = isEnd ? STATES.map(() => 0) : nowhere()
      const shown = this.#looks[j]
      if (shown && this.#mayLook(k, j)) {
        const index = indexOf.get(shown.state) ?? 0
        improve(on, index, costs.before.get(this.#key(k, j + 1))?.[index] ?? Infinity)
      }
      const next = this.#mayPrompt(k, j) ? costs.before.get(this.#key(k + 1, j)) : undefined
      for (const { from, to } of next ? (this.#steps[k] ?? []) : []) improve(on, from, next?.[to] ?? Infinity)
      costs.after.set(this.#key(k, j), on)
      const here = nowhere()
      for (const from of STATES) {
        for (const { to, cost } of UNPROMPTED[from] ?? []) improve(here, from, (on[to] ?? Infinity) + cost)
      }
      costs.before.set(this.#key(k, j), here)
    }
    return costs
  }

  #points(): [number, number][] {
    const points: [number, number][] = []
    for (let j = 0; j <= this.#looks.length; j++) {
      const most = this.#ranges[j]?.most ?? this.#prompts.length
      for (let k = this.#ranges[j - 1]?.least ?? 0; k <= most; k++) points.push([k, j])
    }
    return points
  }

  #mayLook(k: number, j: number): boolean {
    const range = this.#ranges[j]
    return range !== undefined && range.least <= k && k <= range.most
  }

  #mayPrompt(k: number, j: number): boolean {
    return k < this.#prompts.length && k < (this.#ranges[j]?.most ?? Number.POSITIVE_INFINITY)
  }

  #key(k: number, j: number): number {
    return j * (this.#prompts.length + 1) + k
  }
}

interface Costs {
  /** Before and after whatever nobody told of at that point. */
  readonly before: Map<number, number[]>
  readonly after: Map<number, number[]>
}

function nowhere(): number[] {
  return STATES.map(() => Number.POSITIVE_INFINITY)
}

function at(costs: Map<number, number[]>, key: number): number[] {
  const known = costs.get(key) ?? nowhere()
  costs.set(key, known)
  return known
}

function improve(costs: number[], index: number, cost: number): void {
  if (cost < (costs[index] ?? Number.POSITIVE_INFINITY)) costs[index] = cost
}

function stateAt(index: number): TcpState {
  return TCP_STATES[index] ?? 'CLOSED'
}
