import { setImmediate as soon } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Turns } from '../../src/cli/turns.ts'

it('no more are at it than may be, and whoever waits comes next', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const begin = async (n: number) => {
    const turn = await turns.take()
    begun.push(n)
    return turn
  }
  const [first, second, third, fourth] = [begin(1), begin(2), begin(3), begin(4)]
  await soon()
  expect(begun).toEqual([1, 2])
  ;(await second).giveBack()
  await soon()
  expect(begun).toEqual([1, 2, 3])
  // What has ended may give back what it gave back before.
  ;(await second)[Symbol.dispose]()
  await soon()
  expect(begun).toEqual([1, 2, 3])
  ;(await first)[Symbol.dispose]()
  ;(await third).giveBack()
  await fourth
  expect(begun).toEqual([1, 2, 3, 4])
})

it('a turn that nobody waited for is there for whoever comes later', async () => {
  const turns = new Turns(1)
  ;(await turns.take()).giveBack()
  const later = await turns.take()
  expect(later).toBeDefined()
})
