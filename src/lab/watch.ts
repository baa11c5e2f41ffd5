import { setTimeout as sleep } from 'node:timers/promises'
import { HandwaveError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { never, theLabIsOver } from '../host/until-over.ts'
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
  readonly #time: Testbed['time']
  readonly #match: (evidence: Evidence) => LadderMatch
  readonly #patienceMs: number
  readonly #canHappen: (state: State) => Promise<boolean>
  #isAsking = false
  readonly #waiters = new Set<(state: State | Error) => void>()
  #lastNewsMs = nowMs()
  #heartbeat: NodeJS.Timeout | undefined
  #look: NodeJS.Immediate | undefined
  #isOver = false
  #segments = 0
  #hasNews = false
  #isSoon = false

  constructor(
    observer: Observer,
    time: Testbed['time'],
    match: (evidence: Evidence) => LadderMatch,
    patienceMs: number,
    /** Asked in real time once it is quiet: whether anything can still happen by itself. */
    canHappen: (state: State) => Promise<boolean>,
  ) {
    this.#observer = observer
    this.#time = time
    this.#match = match
    this.#patienceMs = patienceMs
    this.#canHappen = canHappen
  }

  /** A witness has told something. */
  news(): void {
    if (this.#isOver) return
    this.#lastNewsMs = Math.max(this.#lastNewsMs, nowMs())
    if (this.#waiters.size === 0 || this.#look) return
    // A look takes the longer the more there is to see: of much it is taken now and then, not at every segment.
    this.#hasNews = true
    if (this.#segments > MANY_SEGMENTS) {
      if (!this.#isSoon) this.#plan()
      this.#isSoon = true
      return
    }
    this.#look = setImmediate(() => {
      this.#look = undefined
      this.#lookAgain()
    })
  }

  now(): State {
    this.#observer.readTrace()
    const evidence = this.#observer.evidence(false)
    return { evidence, match: this.#match(evidence) }
  }

  /** The first answer that `find` gives; an error that it throws is the answer too. */
  until<T>(find: (state: State) => T | undefined): Promise<T> {
    if (this.#isOver) return never()
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

  /** Somebody means to let time pass: that nothing happens until then is no sign that nothing will. */
  expectQuiet(forMs: number): void {
    this.#lastNewsMs = Math.max(this.#lastNewsMs, nowMs() + forMs)
  }

  /** Nobody shall wait any longer. */
  fail(reason: Error): void {
    for (const waiter of [...this.#waiters]) waiter(reason)
  }

  /** From here on it looks at nothing: the testbed goes, and its witnesses with it. */
  [Symbol.dispose](): void {
    this.#isOver = true
    this.fail(theLabIsOver())
    clearTimeout(this.#heartbeat)
    clearImmediate(this.#look)
  }

  #lookAgain(): void {
    this.#hasNews = false
    this.#isSoon = false
    const state = this.now()
    this.#segments = state.evidence.segments.length
    for (const waiter of [...this.#waiters]) waiter(state)
    this.#plan()
  }

  #lookAtTrace(): void {
    const isNews = this.#observer.readTrace()
    if (isNews) this.#lastNewsMs = Math.max(this.#lastNewsMs, nowMs())
    // In real time that nothing more has come is news as well: what was open a moment ago is settled.
    if (isNews || this.#hasNews || this.#time === 'real') this.#lookAgain()
    else this.#plan()
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
    if (this.#time === 'real' && idleMs >= QUIET_MS) void this.#ask()
    this.#heartbeat = setTimeout(() => this.#lookAtTrace(), this.#pauseMs(idleMs))
  }

  /** Where time is real nobody need wait for what cannot come. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const since = this.#lastNewsMs
    // A host that is gone is told of by its testbed.
    const before = this.now()
    const canHappen = await this.#canHappen(before).catch(() => true)
    // Whoever has answered had told before what he knew; the trace, whose reader may be slow, is asked as well.
    if (!canHappen && !this.#isOver) await this.#observer.listenOut().catch(() => {})
    if (this.#isOver) return
    if (!canHappen && hasMore(this.now(), before)) this.news()
    else if (!canHappen && since === this.#lastNewsMs) {
      this.fail(
        new StoodStill('STOOD_STILL', 'Nothing more can happen by itself: nothing is under way, and no timer runs.'),
      )
    }
    await sleep(ASK_AGAIN_MS, undefined, { ref: false })
    this.#isAsking = false
  }

  #pauseMs(idleMs: number): number {
    const pauseMs = Math.max(SHORTEST_PAUSE_MS, idleMs / GROWTH[this.#time], -idleMs)
    return this.#time === 'real' ? Math.min(pauseMs, LONGEST_REAL_PAUSE_MS) : pauseMs
  }
}

/** A look costs as much in the lab kernel as half a minute of its time: there few are better. */
const GROWTH = { virtual: 2, real: 8 } as const
const LONGEST_REAL_PAUSE_MS = 250
/** An ACK that is delayed shows in no table: it is sent within 200 ms (TCP_DELACK_MAX). Programs take their time as well. */
const QUIET_MS = 2000
const ASK_AGAIN_MS = 1000
const MANY_SEGMENTS = 60
const SHORTEST_PAUSE_MS = 10

function hasMore({ evidence: after }: State, { evidence: before }: State): boolean {
  return after.segments.length > before.segments.length || after.states.length > before.states.length
}

function nowMs(): number {
  return performance.now()
}
