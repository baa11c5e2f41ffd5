import { describe, expect, it } from 'vitest'
import { lossOrdinals } from '../../../src/host/random-loss.ts'

const AMONG = 100_000

describe('segments lost by chance', () => {
  it.each([
    [1, 1],
    [10, 2],
    [50, 3],
  ])('are %d percent of all, within four standard deviations', (percent, seed) => {
    const share = percent / 100
    const deviation = Math.sqrt(AMONG * share * (1 - share))
    const lost = lossOrdinals({ percent, seed, among: AMONG }).length
    expect(Math.abs(lost - AMONG * share)).toBeLessThan(4 * deviation)
  })

  it('are each drawn by itself: a loss makes the next no likelier', () => {
    const lost = new Set(lossOrdinals({ percent: 20, seed: 4, among: AMONG }))
    const pairs = [...lost].filter(ordinal => lost.has(ordinal + 1)).length
    const expected = AMONG * 0.2 * 0.2
    expect(Math.abs(pairs - expected)).toBeLessThan(4 * Math.sqrt(expected))
  })

  it('count from 1, in order, none twice', () => {
    const lost = lossOrdinals({ percent: 100, seed: 5, among: 7 })
    expect(lost).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(lossOrdinals({ percent: 0, seed: 5, among: AMONG })).toEqual([])
  })

  it('are the same for the same seed, for ever', () => {
    // By another implementation, in another language.
    expect(lossOrdinals({ percent: 10, seed: 7, among: 100 })).toEqual([
      3, 4, 6, 15, 24, 28, 33, 39, 41, 49, 67, 82, 84, 93, 97, 98,
    ])
    expect(lossOrdinals({ percent: 10, seed: 7, among: 100, stream: 1 })).toEqual([11, 16, 33, 35, 38, 49, 99])
    expect(lossOrdinals({ percent: 10, seed: -1, among: 100 })).toEqual([1, 11, 23, 29, 40, 44, 88, 90])
  })

  it('are others in the other direction, and for the seed next to it', () => {
    const draw = (seed: number, stream: number) => new Set(lossOrdinals({ percent: 50, seed, stream, among: AMONG }))
    const one = draw(7, 0)
    for (const other of [draw(7, 1), draw(8, 0), draw(8, 1), draw(6, 1)]) {
      const common = [...one].filter(ordinal => other.has(ordinal)).length
      // Of two that have nothing to do with each other, a quarter.
      expect(Math.abs(common - AMONG / 4)).toBeLessThan(4 * Math.sqrt((AMONG * 3) / 16))
    }
  })

  it.each([-1, 101, Number.NaN])('are not %d percent', percent => {
    expect(() => lossOrdinals({ percent, seed: 1, among: 10 })).toThrow(/percent/)
  })

  it.each([1.5, Number.NaN])('have no seed %d', seed => {
    expect(() => lossOrdinals({ percent: 1, seed, among: 10 })).toThrow(/no seed/)
  })
})
