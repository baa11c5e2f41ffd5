import { setTimeout as sleep } from 'node:timers/promises'
import { HandwaveError } from '../errors.ts'
import type { Agent } from './agent.ts'

const OVER = 'OVER'
/** What takes longer ends with its host. */
const LONGEST_MS = 1000

export function theLabIsOver(): HandwaveError {
  return new HandwaveError(OVER, 'The lab is over.')
}

/** What is asked for too late is not refused either: a play that catches whatever is thrown would ask again, and again. */
export function never(): Promise<never> {
  return new Promise(() => {})
}

/** Whoever hears this still waited for something when its lab ended: it says nothing of any other. */
export function isOver(error: unknown): boolean {
  return error instanceof HandwaveError && error.code === OVER
}

/**
 * The same agent until all is over: from then on it takes nothing in hand, and to dispose of it waits for what it has in hand. A
 * play that nobody waits for any more goes on all the same, and would act in a host that is being taken away, or in the next.
 */
export function untilOver(agent: Agent, over: AbortController): Agent {
  const inHand = new Set<Promise<unknown>>()

  const take = async (does: (...given: unknown[]) => unknown, given: unknown[]) => {
    if (over.signal.aborted) return await never()
    const done = Promise.resolve(does.apply(agent, given))
    inHand.add(done)
    try {
      return await done
    } finally {
      inHand.delete(done)
    }
  }
  const dispose = async () => {
    over.abort()
    if (inHand.size > 0) await Promise.race([Promise.allSettled(inHand), sleep(LONGEST_MS)])
    await agent[Symbol.asyncDispose]()
  }
  return new Proxy(agent, {
    get: (target, name) => {
      if (name === Symbol.asyncDispose) return dispose
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => take(value as (...given: unknown[]) => unknown, given)
    },
  })
}
