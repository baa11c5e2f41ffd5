/** When something was, on a clock: at the latest, and how much earlier it may have been. */
export interface Bracketed {
  readonly tNs: number
  readonly awayNs: number
}

/**
 * Where a moment of one clock is on another, which goes as fast. Two clocks are never read at once: whoever reads them may be
 * made to wait in between, and that is how little is known. Read again where it was long; the best reading counts.
 */
export function onOtherClock(momentNs: bigint, read: () => bigint, readOther: () => number): Bracketed {
  let best: Bracketed | null = null
  for (let tries = 0; tries < MOST_TRIES && (best === null || best.awayNs > SHORT_NS); tries++) {
    const beforeNs = readOther()
    const agoNs = Math.max(0, Number(read() - momentNs))
    const afterNs = readOther()
    if (best === null || afterNs - beforeNs < best.awayNs) best = { tNs: afterNs - agoNs, awayNs: afterNs - beforeNs }
  }
  return best as Bracketed
}

const MOST_TRIES = 5
const SHORT_NS = 5000

/** Of moments that are told in the order in which they were: brackets overlap, and none may say that it was another. */
export class InOrder {
  #last: Bracketed = { tNs: 0, awayNs: 0 }

  next({ tNs, awayNs }: Bracketed): Bracketed {
    const last = this.#last
    const latestNs = Math.max(tNs, last.tNs)
    const earliestNs = Math.max(tNs - awayNs, last.tNs - last.awayNs)
    this.#last = { tNs: latestNs, awayNs: latestNs - earliestNs }
    return this.#last
  }
}
