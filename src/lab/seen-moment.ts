import { HandwaveError } from '../errors.ts'
import type { Evidence, Instant } from '../evidence/evidence.ts'
import { type At, mustPrecede } from '../evidence/order.ts'

/** A claim asked for something that no witness saw, or for an order that the clocks cannot tell. */
export class NotSeen extends HandwaveError {
  override readonly name = 'NotSeen'

  constructor(sentence: string) {
    super('NOT_SEEN', sentence)
  }
}

/** How a claim's clocks stand: each stamp as it is told, or off by as much as it may be. */
export type Clocks = (doubtMs: number) => number

export const AS_TOLD: Clocks = () => 0

/** A moment that can be compared with others. */
export class Moment {
  readonly instant: Instant
  readonly #at: At
  readonly #evidence: Evidence
  readonly #clocks: Clocks

  constructor(at: At, evidence: Evidence, clocks: Clocks) {
    this.instant = at.instant
    this.#at = at
    this.#evidence = evidence
    this.#clocks = clocks
  }

  get tMs(): number {
    return this.instant.tMs
  }

  /** What had to come first did, whatever the clocks say; of all else they tell as far as they can be trusted. */
  before(other: Moment): boolean {
    const doubt = (this.instant.uncertainMs ?? 0) + (other.instant.uncertainMs ?? 0)
    if (doubt === 0 || Math.abs(this.tMs - other.tMs) > doubt) return this.instant.n < other.instant.n
    if (mustPrecede(this.#evidence, this.#at, other.#at)) return true
    if (mustPrecede(this.#evidence, other.#at, this.#at)) return false
    throw new NotSeen('The clocks cannot tell which came first.')
  }

  after(other: Moment): boolean {
    return other.before(this)
  }

  /** Milliseconds from the other moment to this one. */
  since(other: Moment): number {
    const doubtMs = (this.instant.uncertainMs ?? 0) + (other.instant.uncertainMs ?? 0)
    return this.tMs - other.tMs + (doubtMs > 0 ? this.#clocks(doubtMs) : 0)
  }
}

/** Notes that something of a host's was looked at. */
export type Look = (host: string, instant: Instant) => Moment
