import { describe, expect, it } from 'vitest'
import { InOrder, onOtherClock } from '../../../src/host/two-clocks.ts'

const MOMENT = 1_000_000_000n
const WALL_AHEAD = 990_000_000

/** Two clocks of one machine; before each reading so long passes. */
function clocks(...waits: number[]) {
  let nowNs = 20_000_000
  const pass = () => {
    nowNs += waits.shift() ?? 1000
  }
  return {
    wall: () => {
      pass()
      return BigInt(nowNs + WALL_AHEAD)
    },
    own: () => {
      pass()
      return nowNs
    },
  }
}
const TRUTH = Number(MOMENT) - WALL_AHEAD

function found(...waits: number[]) {
  const { wall, own } = clocks(...waits)
  const { tNs, awayNs } = onOtherClock(MOMENT, wall, own)
  expect(tNs).toBeGreaterThanOrEqual(TRUTH)
  expect(tNs - awayNs).toBeLessThanOrEqual(TRUTH)
  return awayNs
}

describe('a moment of one clock on another', () => {
  it('is as exact as the two can be read together', () => {
    expect(found()).toBe(2000)
  })

  it.each([
    ['before the first', 300_000, 1000, 1000],
    ['between the two', 1000, 300_000, 1000],
    ['after the second', 1000, 1000, 300_000],
  ])('is not another one because its reader had to wait %s', (_, ...waits) => {
    expect(found(...waits)).toBe(2000)
  })

  it('where its reader has to wait each time is no more exact than that, and says so', () => {
    expect(found(...Array.from({ length: 30 }, (_, n) => 200_000 + n))).toBe(400_003)
  })

  it('is now at the latest, where the other clock was set back', () => {
    const { tNs } = onOtherClock(MOMENT + 60_000_000_000n, clocks().wall, clocks().own)
    expect(tNs).toBeLessThan(21_000_000)
  })
})

describe('moments that are told in order', () => {
  it('are in order, and none is told to have been when it was not', () => {
    const inOrder = new InOrder()
    const truth = [535_000, 535_500, 900_000]
    const told = [
      { tNs: 540_000, awayNs: 35_000 },
      { tNs: 536_000, awayNs: 2000 },
      { tNs: 901_000, awayNs: 2000 },
    ].map(bracketed => inOrder.next(bracketed))
    expect(told).toEqual([
      { tNs: 540_000, awayNs: 35_000 },
      { tNs: 540_000, awayNs: 6000 },
      { tNs: 901_000, awayNs: 2000 },
    ])
    for (const [index, { tNs, awayNs }] of told.entries()) {
      expect(truth[index]).toBeLessThanOrEqual(tNs)
      expect(truth[index]).toBeGreaterThanOrEqual(tNs - awayNs)
    }
  })
})
