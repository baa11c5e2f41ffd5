import type { Instant } from '../evidence/evidence.ts'
import type { HeldState } from '../evidence/held-state.ts'
import { toLadder } from '../tcp/states.ts'

/** Milliseconds with what the lab's clock can tell: microseconds. */
export function timeText(tMs: number): string {
  return tMs.toFixed(3)
}

export function momentText({ tMs, uncertainMs }: Instant): string {
  return `${timeText(tMs)} ms${uncertainMs ? ` ± ${timeText(uncertainMs)}` : ''}`
}

/** A state with what it is known from. */
export function witnessText({ state, change, listens }: HeldState): string {
  if (change) return `${toLadder(state)} since ${momentText(change)} (${change.witness})`
  return listens ? `${toLadder(state)} (it listens, and no change was seen)` : `${toLadder(state)} (no change was seen)`
}
