import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internetChecksum, pseudoHeader } from '../../src/tcp/checksum.ts'
import { fromHex } from './hex.ts'

describe('the Internet checksum', () => {
  it("gives RFC 1071's own example", () => {
    // Section 3: the sum of these words is ddf2.
    expect(internetChecksum(fromHex('0001 f203 f4f5 f6f7'))).toBe(~0xddf2 & 0xffff)
  })

  it("gives an IP header's well-known sum, and 0 over the header that carries it", () => {
    const header = '4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7'
    expect(internetChecksum(fromHex(header))).toBe(0xb861)
    expect(internetChecksum(fromHex(header.replace('4011 0000', '4011 b861')))).toBe(0)
  })

  it('takes a lone last byte as the high one of a word', () => {
    expect(internetChecksum(fromHex('0102 03'))).toBe(internetChecksum(fromHex('0102 0300')))
    expect(internetChecksum(fromHex('0102 03'))).toBe(~0x0402 & 0xffff)
  })

  it('of nothing is all ones, and carries come round more than once', () => {
    expect(internetChecksum()).toBe(0xffff)
    expect(internetChecksum(fromHex('ffff ffff 0001'))).toBe(~1 & 0xffff)
    expect(internetChecksum(new Uint8Array(65_534).fill(0xff))).toBe(0)
  })

  it('agrees with the sum modulo 2^16 - 1, and does not care where the parts divide', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 99 }), fc.nat(49), (bytes, words) => {
        let sum = 0n
        for (const [at, byte] of bytes.entries()) sum += BigInt(byte) << (at % 2 === 0 ? 8n : 0n)
        const folded = sum === 0n ? 0 : Number(((sum - 1n) % 0xffffn) + 1n)
        expect(internetChecksum(bytes)).toBe(0xffff - folded)
        expect(internetChecksum(bytes.subarray(0, words * 2), bytes.subarray(words * 2))).toBe(0xffff - folded)
      }),
    )
  })
})

it('the pseudo header has both addresses, a zero, the protocol and the length', () => {
  const header = pseudoHeader(Uint8Array.of(198, 18, 0, 1), Uint8Array.of(198, 18, 0, 2), 0x1234)
  expect(header).toEqual(fromHex('c6120001 c6120002 00 06 1234'))
})
