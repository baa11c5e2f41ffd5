/** Why a part was ended from outside. */
export interface Bark {
  readonly reason: string
  /** Whether the program is known to be the cause. */
  readonly verdict: 'fail' | 'undecided'
}

/**
 * How long a part may compute without a pause, and in all, counted in what the machine computes to get to its first part:
 * an honest one takes as much as that. It is neither the wall's time nor seconds of the processor's, so that marks are the
 * same on a machine that is busy or slow.
 */
const MOST_STARTS = 10
const MOST_STARTS_IN_ALL = 30

const WITHOUT_A_PAUSE: Bark = {
  reason: `It never came to an end: it computed without a pause for as long as ${MOST_STARTS} starts of its whole machine take, and was ended. Whoever waits for something must let the machine wait, too.`,
  verdict: 'fail',
}
const IN_ALL: Bark = {
  reason: `It never came to an end: it computed for as long as ${MOST_STARTS_IN_ALL} starts of its whole machine take, and was ended.`,
  verdict: 'fail',
}

/** Barks where a part computes for ever, or where nothing is heard of the machine any more. */
export class Watchdog {
  readonly #mostWallMs: number
  /** What the machine had computed when it began its first part. */
  #startMs: number | null = null
  /** When the last word came, and what had been computed by then. */
  #heard: { atMs: number; cpuMs: number } | null = null
  /** What had been computed when this part began. */
  #begunMs = 0
  #isNews = true
  #isNewPart = false

  /** The wall's time is for a machine that hangs: in virtual time a program that does not compute takes none. */
  constructor(mostWallMs: number) {
    this.#mostWallMs = mostWallMs
  }

  begins(): void {
    this.#isNewPart = true
  }

  hears(): void {
    this.#isNews = true
  }

  /** Takes the wall's time, and what the machine has computed by now. */
  look(atMs: number, cpuMs: number): Bark | null {
    if (this.#isNews || this.#heard === null) this.#heard = { atMs, cpuMs }
    if (this.#isNewPart) this.#begunMs = cpuMs
    if (this.#isNewPart && this.#startMs === null) this.#startMs = cpuMs
    this.#isNews = this.#isNewPart = false
    const startMs = this.#startMs ?? Number.POSITIVE_INFINITY
    if (cpuMs - this.#heard.cpuMs > MOST_STARTS * startMs) return WITHOUT_A_PAUSE
    if (cpuMs - this.#begunMs > MOST_STARTS_IN_ALL * startMs) return IN_ALL
    if (atMs - this.#heard.atMs > this.#mostWallMs) return silent(this.#mostWallMs)
    return null
  }
}

function silent(ms: number): Bark {
  return { reason: `Nothing was heard of it for ${ms / 60_000} minutes, and it was ended.`, verdict: 'undecided' }
}
