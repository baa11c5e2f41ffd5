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

  it('where what is little by itself adds up to much until it acts', async () => {
    using lateness = new Lateness()
    lateness.sawRow(50)
    lateness.overslept(30)
    await lateness.watch(slow(60)).lose({ from: '', to: '', exactly: ['SYN'], nth: 1 })
    expect(lateness.sentence).toMatch(/up to 1[12]\d ms late/)
  })

  it('and not where each is of another row, or takes as long as it does on an idle machine', async () => {
    using lateness = new Lateness()
    for (let row = 0; row < 3; row++) lateness.sawRow(50)
    for (let act = 0; act < 12; act++)
      await lateness.watch(slow(10)).lose({ from: '', to: '', exactly: ['SYN'], nth: 1 })
    expect(lateness.sentence).toBeNull()
  })
})
