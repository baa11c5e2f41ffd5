import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Agent } from '../../../src/host/agent.ts'
import { untilOver } from '../../../src/host/until-over.ts'

/** An agent that takes its time to connect, and writes down what becomes of it. */
function slowAgent(log: string[]): Agent {
  return {
    connect: async () => {
      log.push('connects')
      await sleep(20)
      log.push('is connected')
      return 7
    },
    [Symbol.asyncDispose]: async () => void log.push('is disposed of'),
  } as Partial<Agent> as Agent
}

const WHERE_TO = { host: '198.18.0.3', port: 80, fromPort: 40_000 }

describe('an agent until all is over', () => {
  it('does what it is asked to', async () => {
    await expect(untilOver(slowAgent([]), new AbortController()).connect(WHERE_TO)).resolves.toBe(7)
  })

  it('is disposed of when it has finished what it has in hand', async () => {
    const log: string[] = []
    const agent = untilOver(slowAgent(log), new AbortController())
    const connecting = agent.connect(WHERE_TO)
    await agent[Symbol.asyncDispose]()
    expect(log).toEqual(['connects', 'is connected', 'is disposed of'])
    await expect(connecting).resolves.toBe(7)
  })

  it('is not waited for, where what it has in hand never ends', async () => {
    const log: string[] = []
    const stuck = { ...slowAgent(log), connect: () => new Promise<number>(() => {}) }
    const agent = untilOver(stuck, new AbortController())
    void agent.connect(WHERE_TO)
    await agent[Symbol.asyncDispose]()
    expect(log).toEqual(['is disposed of'])
  })

  it('takes nothing more in hand from then on', async () => {
    const log: string[] = []
    const over = new AbortController()
    const agent = untilOver(slowAgent(log), over)
    const disposing = agent[Symbol.asyncDispose]()
    expect(over.signal.aborted).toBe(true)
    const answer = agent.connect(WHERE_TO).then(
      () => 'done',
      () => 'refused',
    )
    await disposing
    expect({ answer: await Promise.race([answer, sleep(50, 'none')]), log }).toEqual({
      answer: 'none',
      log: ['is disposed of'],
    })
  })
})
