import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Agent } from '../../src/host/agent.ts'
import { Lateness } from '../../src/lab/lateness.ts'

/** Of an agent, what the test needs: whatever it is told takes so long. */
const slow = (ms: number) => ({ lose: () => sleep(ms) }) as unknown as Agent

describe('a play is late', () => {
  it('where what is done at once takes its time', async () => {
    using lateness = new Lateness()
    await lateness.watch(slow(150)).lose({ from: '', to: '', exactly: ['SYN'], nth: 1 })
    expect(lateness.sentence).toMatch(/up to \d+ ms late.*--on kernel/)
  })

  it('where its own process does not come to run', async () => {
    using lateness = new Lateness()
    await sleep(20)
    for (const until = performance.now() + 200; performance.now() < until; );
    await sleep(20)
    expect(lateness.sentence).toMatch(/late/)
  })
})
