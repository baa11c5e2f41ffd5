import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Agent } from '../host/agent.ts'

/**
 * How late a play was with what it did. In real time kernels' timers do not wait for it: what came of a play that was late is
 * not what the lab meant to show.
 */
export class Lateness implements Disposable {
  readonly #loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #worstMs = 0
  /** Since it last saw a row come true: small delays add up. */
  #sinceRowMs = 0

  constructor() {
    this.#loop.enable()
  }

  /** A row that the play waited for has been seen so long after it came true. */
  sawRow(lateMs: number): void {
    this.#sinceRowMs = 0
    this.#add(lateMs)
  }

  /** It meant to wait, and waited so much longer. */
  overslept(ms: number): void {
    this.#add(ms)
  }

  /** The same agent, with an eye on how long it takes to do what is done at once. */
  watch(agent: Agent): Agent {
    return new Proxy(agent, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        const does = value.bind(target) as (...given: unknown[]) => unknown
        return AT_ONCE.has(name) ? async (...given: unknown[]) => await this.#timed(() => does(...given)) : does
      },
    })
  }

  /** In a sentence, or null if nothing was late enough to matter. */
  get sentence(): string | null {
    const lateMs = Math.max(this.#worstMs, this.#loop.max / 1e6 - RESOLUTION_MS)
    if (lateMs < SHORTEST_TIMER_MS / 2) return null
    return `The machine was busy: what the play did came up to ${Math.round(lateMs)} ms late, and in real time a kernel's timers do not wait. Run it with --on kernel.`
  }

  [Symbol.dispose](): void {
    this.#loop.disable()
  }

  async #timed<T>(work: () => T): Promise<Awaited<T>> {
    const startedMs = performance.now()
    const done = await work()
    const tookMs = performance.now() - startedMs
    this.#worstMs = Math.max(this.#worstMs, tookMs)
    this.#add(tookMs - USUAL_MS)
    return done
  }

  #add(ms: number): void {
    this.#sinceRowMs += Math.max(0, ms)
    this.#worstMs = Math.max(this.#worstMs, this.#sinceRowMs)
  }
}

const RESOLUTION_MS = 10
/** A rule of nft's, on an idle machine. */
const USUAL_MS = 20
/** RFC 6298's is a second; Linux repeats a segment after TCP_RTO_MIN. */
const SHORTEST_TIMER_MS = 200

/** The others take as long as what they wait for, or run programs. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set<keyof Agent>([
  'listen',
  'unlisten',
  'connect',
  'write',
  'end',
  'destroy',
  'reset',
  'pause',
  'resume',
  'inject',
  'lose',
  'refuse',
  'hold',
  'cut',
  'mend',
  'silence',
  'speak',
  'withholdResets',
  'crash',
])
