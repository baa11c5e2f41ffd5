import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, distance, isBefore, seq } from '../../src/tcp/seq.ts'
import { arbitrarySeq } from './arbitrary.ts'

const HALF = 2 ** 31
const step = fc.oneof(fc.integer({ min: -HALF, max: HALF - 1 }), fc.integer({ min: -3, max: 3 }))

describe('sequence numbers', () => {
  it('wrap at 2^32, in both directions', () => {
    expect(seq(2 ** 32)).toBe(0)
    expect(seq(-1)).toBe(0xffff_ffff)
    expect(add(seq(0xffff_ffff), 1)).toBe(0)
    expect(add(seq(0), -1)).toBe(0xffff_ffff)
    expect(distance(seq(0xffff_fffe), seq(3))).toBe(5)
    expect(distance(seq(3), seq(0xffff_fffe))).toBe(-5)
  })

  it('stay unsigned and whole, whatever is added', () => {
    fc.assert(
      fc.property(arbitrarySeq, step, (a, n) => {
        const sum = add(a, n)
        expect(Number.isInteger(sum) && sum >= 0 && sum < 2 ** 32).toBe(true)
        expect((BigInt(sum) - BigInt(a) - BigInt(n)) % 2n ** 32n).toBe(0n)
      }),
    )
  })

  it('are as far apart as what was added, for every step that has a shorter way', () => {
    fc.assert(
      fc.property(arbitrarySeq, step, (a, n) => {
        expect(distance(a, add(a, n))).toBe(n)
      }),
    )
  })

  it('come before whatever lies ahead by less than half the circle, and never before themselves', () => {
    fc.assert(
      fc.property(arbitrarySeq, fc.integer({ min: 1, max: HALF - 1 }), (a, n) => {
        expect(isBefore(a, add(a, n))).toBe(true)
        expect(isBefore(add(a, n), a)).toBe(false)
        expect(isBefore(a, a)).toBe(false)
      }),
    )
  })

  it('are not before each other when they lie opposite', () => {
    const [a, b] = [seq(5), add(seq(5), HALF)]
    expect(distance(a, b)).toBe(-HALF)
    expect([isBefore(a, b), isBefore(b, a)]).toEqual([false, false])
  })
})
