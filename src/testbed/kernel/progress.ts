/** What a build does, in this order; `wait` only where another build holds the lock. */
export type BuildPhase = 'wait' | 'unpack' | 'configure' | 'compile' | 'link'

export interface BuildProgress {
  readonly phase: BuildPhase
  /** Of the whole build, from 0 to 1; never less than before. */
  readonly done: number
}

type WorkPhase = Exclude<BuildPhase, 'wait'>

/** Each phase's steps (lines of output that count) and its share of the time, measured on two cores with our recipe. */
const MEASURED: Readonly<Record<WorkPhase, { steps: number; share: number }>> = {
  unpack: { steps: 152, share: 0.05 },
  configure: { steps: 18, share: 0.02 },
  compile: { steps: 1282, share: 0.9 },
  link: { steps: 9, share: 0.03 },
}

/** Turns steps into a share of the whole that only grows. */
export class BuildMeter {
  readonly #report: (progress: BuildProgress) => void
  #phase: BuildPhase = 'wait'
  #before = 0
  #steps = 0

  constructor(report: (progress: BuildProgress) => void) {
    this.#report = report
  }

  wait(): void {
    this.#report({ phase: 'wait', done: 0 })
  }

  enter(phase: WorkPhase): void {
    if (this.#phase !== 'wait') this.#before += MEASURED[this.#phase].share
    this.#phase = phase
    this.#steps = 0
    this.#report({ phase, done: this.#done() })
  }

  step(): void {
    this.#steps += 1
    this.#report({ phase: this.#phase, done: this.#done() })
  }

  finish(): void {
    this.#report({ phase: this.#phase, done: 1 })
  }

  /** Another compiler or a point release may need more steps than were measured: the phase then stands at its end. */
  #done(): number {
    if (this.#phase === 'wait') return 0
    const { steps, share } = MEASURED[this.#phase]
    return Math.min(1, this.#before + share * Math.min(1, this.#steps / steps))
  }
}
