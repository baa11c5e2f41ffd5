import { HandwaveError } from '../errors.ts'
import type { Agent } from './agent.ts'

const OVER = 'OVER'

export function theLabIsOver(): HandwaveError {
  return new HandwaveError(OVER, 'The lab is over.')
}

/** Whoever hears this asked for something too late, of a lab that has ended: it says nothing of any other. */
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
    if (over.signal.aborted) throw theLabIsOver()
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
    await Promise.allSettled(inHand)
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
