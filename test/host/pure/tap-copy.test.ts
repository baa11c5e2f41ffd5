import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originalOf } from '../../../src/host/tap-copy.ts'
import { internetChecksum } from '../../../src/tcp/checksum.ts'
import { emitSegment, parseSegment } from '../../../src/tcp/segment.ts'
import { arbitrarySegment } from '../../tcp/arbitrary.ts'

/** What nf_dup_ipv4 and __ip_local_out do to a copy, and forwarding to the packet itself: the latter to its time to live only. */
function changed(packet: Uint8Array, setsDontFragment: boolean): Uint8Array {
  const copy = Buffer.from(packet)
  if (setsDontFragment) copy.writeUInt16BE(copy.readUInt16BE(6) | 0x4000, 6)
  copy.writeUInt8((copy.readUInt8(8) + 255) % 256, 8)
  copy.writeUInt16BE(0, 10)
  copy.writeUInt16BE(internetChecksum(copy.subarray(0, (copy.readUInt8(0) & 15) * 4)), 10)
  return copy
}

describe("the tap's copy of a packet", () => {
  it('is made what was sent again, to the last bit, by what arrived of it', () => {
    fc.assert(
      fc.property(arbitrarySegment, segment => {
        const sent = emitSegment(segment)
        expect(originalOf(changed(sent, true), changed(sent, false))).toEqual(sent)
      }),
    )
  })

  it('keeps its DF where nothing arrived, and nothing else', () => {
    fc.assert(
      fc.property(arbitrarySegment, ({ ip, tcp }) => {
        const copy = changed(emitSegment({ ip, tcp }), true)
        const { segment, ipChecksumOk } = parseSegment(originalOf(copy, null))
        expect(segment.ip).toEqual({ ...ip, dontFragment: true })
        expect(ipChecksumOk).toBe(true)
        expect(copy).toEqual(changed(emitSegment({ ip, tcp }), true))
      }),
    )
  })
})
