import type { TcpState } from '../tcp/states.ts'
import { type Explanation, explain, type Layer, type Look, type Prompt } from './explanation.ts'

/** A change, right behind what brought it about; or, where nothing did that was told, just before it was seen. */
export interface FoundChange {
  readonly place: number
  readonly side: 'behind' | 'before'
  readonly from: TcpState
  readonly to: TcpState
  readonly isPrompted: boolean
  readonly earliestNs: number
  readonly latestNs: number
}

interface FoundGap {
  readonly from: TcpState
  readonly since: number
  readonly to: TcpState | null
  /** The change at its end, or the place of the look that saw the same state again; null where nobody looked again. */
  readonly until: FoundChange | number | null
  readonly through: readonly TcpState[]
}

export interface FoundStates {
  readonly changes: readonly FoundChange[]
  readonly unseen: readonly FoundGap[]
}

/**
 * What a host's looks at its socket table tell of one connection. Where all explanations agree on a state and a look has
 * shown it, it was seen; where they do not, or where a state must have been that no look has shown, it was not.
 */
export function statesFromTable(prompts: readonly Prompt[], looks: readonly Look[]): FoundStates {
  const explanation = explain(prompts, looks)
  return new Reading(prompts, looks, explanation).found()
}

class Reading {
  readonly #prompts: readonly Prompt[]
  readonly #looks: readonly Look[]
  readonly #explanation: Explanation
  readonly #changes: FoundChange[] = []
  readonly #unseen: FoundGap[] = []

  constructor(prompts: readonly Prompt[], looks: readonly Look[], explanation: Explanation) {
    this.#prompts = prompts
    this.#looks = looks
    this.#explanation = explanation
  }

  found(): FoundStates {
    const { layers } = this.#explanation
    let known: Layer | null = null
    let hidden: Layer[] = []
    for (const layer of this.#withSight(layers)) {
      if (!layer.isSeen) {
        hidden.push(layer)
        continue
      }
      if (known) this.#goOn(known, hidden, layer)
      known = layer
      hidden = []
    }
    if (known && hidden.length > 0) this.#hide(known, hidden, null, null)
    return { changes: this.#changes, unseen: this.#unseen }
  }

  /** Only what a look has shown, or what was before anything happened, is a state that was seen. */
  #withSight(layers: readonly Layer[]): (Layer & { readonly isSeen: boolean })[] {
    const result: (Layer & { readonly isSeen: boolean })[] = []
    for (let from = 0; from < layers.length; ) {
      const state = only(layers[from])
      const end = layers.findIndex((layer, index) => index > from && (state === null || only(layer) !== state))
      const to = end < 0 ? layers.length : end
      const run = layers.slice(from, to)
      const [first, last] = [run[0]?.position ?? 0, run.at(-1)?.position ?? 0]
      const isSeen =
        state !== null &&
        (from === 0 ||
          this.#looks.some((look, index) => {
            const range = this.#explanation.ranges[index]
            return look.state === state && range !== undefined && range.least <= last && range.most >= first
          }))
      for (const layer of run) result.push({ ...layer, isSeen })
      from = to
    }
    return result
  }

  #goOn(before: Layer, hidden: readonly Layer[], after: Layer): void {
    const [from, to] = [only(before), only(after)]
    if (from === null || to === null) return
    const prompt = this.#promptOf(after)
    if (hidden.length > 0) {
      const change = from === to ? null : this.#changeAt(before, hidden, after, from, to)
      if (change) this.#changes.push(change)
      this.#hide(before, hidden, to, change ?? prompt?.place ?? this.#lookAt(after)?.place ?? null)
      return
    }
    if (from === to) return
    if (!prompt) {
      this.#unprompted(after.position, from, to)
      return
    }
    const change = this.#changeAt(before, hidden, after, from, to)
    this.#changes.push(change)
    const via = this.#explanation.via[after.position - 1] ?? []
    if (via.length > 0) this.#unseen.push({ from, since: prompt.place, to, until: change, through: [...via, to] })
  }

  /** Between two stimuli a timer, or something that nobody has told of, has moved it: perhaps more than once. */
  #unprompted(position: number, from: TcpState, to: TcpState): void {
    let held = from
    for (const [index, look] of this.#looks.entries()) {
      if (this.#explanation.taken[index] !== position || look.state === held) continue
      const earliestNs = Math.max(this.#looks[index - 1]?.beginNs ?? 0, this.#prompts[position - 1]?.earliestNs ?? 0)
      const change: FoundChange = {
        place: look.place,
        side: 'before',
        from: held,
        to: look.state,
        isPrompted: false,
        earliestNs,
        latestNs: look.endNs,
      }
      this.#changes.push(change)
      if (!this.#explanation.isOneStep(held, look.state)) {
        const since = this.#looks[index - 1]?.place ?? look.place
        this.#unseen.push({ from: held, since, to: look.state, until: change, through: [look.state] })
      }
      held = look.state
      if (held === to) return
    }
  }

  /** From the first stimulus that may have brought it about, or the last look before that, to the look that showed it. */
  #changeAt(before: Layer, hidden: readonly Layer[], after: Layer, from: TcpState, to: TcpState): FoundChange {
    const prompt = this.#promptOf(after)
    const first = this.#promptOf(hidden[0] ?? after)
    const look = this.#lookAt(after)
    const last = this.#looks.findLast((other, index) => {
      const taken = this.#explanation.taken[index] ?? 0
      return other.state === from && taken <= before.position && (!look || other.place < look.place)
    })
    const place = prompt?.place ?? look?.place ?? 0
    const latestNs = look?.endNs ?? prompt?.latestNs ?? 0
    const earliestNs = Math.min(Math.max(first?.earliestNs ?? 0, last?.beginNs ?? 0) || latestNs, latestNs)
    return {
      place,
      side: prompt ? 'behind' : 'before',
      from,
      to,
      isPrompted: prompt !== undefined,
      earliestNs,
      latestNs,
    }
  }

  /** The stimulus right behind which a layer is. */
  #promptOf({ isBehind, position }: Layer): Prompt | undefined {
    return isBehind ? this.#prompts[position - 1] : undefined
  }

  /** The first look that shows what holds from there on. */
  #lookAt(layer: Layer): Look | undefined {
    const state = only(layer)
    return this.#looks.find(
      (look, index) => look.state === state && (this.#explanation.taken[index] ?? 0) >= layer.position,
    )
  }

  #hide(before: Layer, hidden: readonly Layer[], to: TcpState | null, until: FoundGap['until']): void {
    const from = only(before)
    const [first] = hidden
    if (from === null || !first) return
    // What comes first may be a timer's doing: then it is unknown from the last look on.
    const prompted = this.#prompts[first.position - 1]?.place ?? 0
    const look =
      this.#looks.findLast((_, index) => (this.#explanation.taken[index] ?? 0) <= before.position)?.place ?? 0
    const since = first.isBehind ? prompted : Math.max(prompted, look)
    const through = new Set([...hidden.flatMap(({ states }) => [...states]), ...(to ? [to] : [])])
    for (const layer of hidden) {
      if (layer.isBehind) for (const state of this.#explanation.via[layer.position - 1] ?? []) through.add(state)
    }
    if (from !== to) through.delete(from)
    this.#unseen.push({ from, since, to, until, through: [...through] })
  }
}

function only(layer: Layer | undefined): TcpState | null {
  const [state, other] = layer?.states ?? []
  return state !== undefined && other === undefined ? state : null
}
