import { HandwaveError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { LadderMatch } from '../ladder/match.ts'
import type { Testbed } from '../testbed/testbed.ts'
import type { Observer } from './observer.ts'

/** The picture has stood still for as long as the lab allows. */
export class StoodStill extends HandwaveError {
  override readonly name = 'StoodStill'
}

export interface State {
  readonly evidence: Evidence
  readonly match: LadderMatch
}

/**
 * Looks again whenever a witness has told something, and now and then in between: some of what kernels do (a timer that
 * expires in silence) wakes nobody. The looks grow rarer while nothing happens, and none of them changes the evidence,
 * whose times are the kernel's.
 */
export class Watch implements Disposable {
  readonly #observer: Observer
  readonly #testbed: Testbed
  readonly #match: (evidence: Evidence) => LadderMatch
  readonly #patienceMs: number
  readonly #waiters = new Set<(state: State | Error) => void>()
  #lastNewsMs = nowMs()
  #heartbeat: NodeJS.Timeout | undefined
  #look: NodeJS.Immediate | undefined
  #isOver = false

  constructor(observer: Observer, testbed: Testbed, match: (evidence: Evidence) => LadderMatch, patienceMs: number) {
    this.#observer = observer
    this.#testbed = testbed
    this.#match = match
    this.#patienceMs = patienceMs
  }

  /** A witness has told something. */
  news(): void {
    if (this.#isOver) return
    this.#lastNewsMs = nowMs()
    if (this.#waiters.size === 0 || this.#look) return
    this.#look = setImmediate(() => {
      this.#look = undefined
      this.#lookAgain()
    })
  }

  now(): State {
    this.#observer.readTrace(this.#testbed)
    const evidence = this.#observer.evidence(this.#testbed)
    return { evidence, match: this.#match(evidence) }
  }

  /** The first answer that `find` gives; an error that it throws is the answer too. */
  until<T>(find: (state: State) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter = (state: State | Error) => {
        try {
          if (state instanceof Error) throw state
          const found = find(state)
          if (found === undefined) return
          resolve(found)
        } catch (error) {
          reject(error)
        }
        this.#waiters.delete(waiter)
      }
      this.#waiters.add(waiter)
      this.#lookAgain()
    })
  }

  /** Nobody shall wait any longer. */
  fail(reason: Error): void {
    for (const waiter of [...this.#waiters]) waiter(reason)
  }

  /** From here on it looks at nothing: the testbed goes, and its witnesses with it. */
  [Symbol.dispose](): void {
    this.#isOver = true
    this.fail(new HandwaveError('OVER', 'The lab is over.'))
    clearTimeout(this.#heartbeat)
    clearImmediate(this.#look)
  }

  #lookAgain(): void {
    const state = this.now()
    for (const waiter of [...this.#waiters]) waiter(state)
    this.#plan()
  }

  #lookAtTrace(): void {
    if (!this.#observer.readTrace(this.#testbed)) return this.#plan()
    this.#lastNewsMs = nowMs()
    this.#lookAgain()
  }

  #plan(): void {
    clearTimeout(this.#heartbeat)
    if (this.#waiters.size === 0) return
    const idleMs = nowMs() - this.#lastNewsMs
    if (idleMs >= this.#patienceMs) {
      this.fail(
        new StoodStill('STOOD_STILL', `Nothing more happened for ${Math.round(idleMs / 1000)} s of the lab's time.`),
      )
      return
    }
    this.#heartbeat = setTimeout(() => this.#lookAtTrace(), Math.max(SHORTEST_PAUSE_MS, idleMs / 8))
  }
}

const SHORTEST_PAUSE_MS = 10

function nowMs(): number {
  return performance.now()
}
