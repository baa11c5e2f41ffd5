import fc from 'fast-check'
import { emitSegment } from '../../src/tcp/segment.ts'
import { arbitrarySegment } from './arbitrary.ts'

type Damage = (bytes: Uint8Array) => Uint8Array

/** A place among however many bytes there are. Without fast-check's bias, which would spoil byte 0 most of the time. */
const place = fc.noBias(fc.nat(0xffff))

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(([at, bit]) => edit((bytes, i) => bytes.with(i, (bytes[i] ?? 0) ^ (1 << bit)), at)),
  fc.tuple(place, fc.nat(255)).map(([at, value]) => edit((bytes, i) => bytes.with(i, value), at)),
  place.map(at => edit((bytes, i) => bytes.slice(0, i), at)),
  fc
    .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([at, more]) => edit((bytes, i) => Uint8Array.of(...bytes.slice(0, i), ...more, ...bytes.slice(i)), at)),
  fc
    .tuple(place, fc.integer({ min: 1, max: 12 }))
    .map(([at, n]) => edit((bytes, i) => Uint8Array.of(...bytes.slice(0, i + n), ...bytes.slice(i)), at)),
)

/** Good packets, damaged one to four times; and sometimes bytes that never were a packet. */
export const mangled: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(arbitrarySegment, fc.array(damage, { minLength: 1, maxLength: 4 }))
      .map(([segment, damages]) => damages.reduce((bytes, apply) => apply(bytes), emitSegment(segment))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }) },
)

/** The same bytes with both checksums put right, where there are headers to put them in; reckoned another way than in src. */
export function withRightSums(packet: Uint8Array): Uint8Array {
  const bytes = packet.slice()
  const headerLength = ((bytes[0] ?? 0) & 0xf) * 4
  const totalLength = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
  if (totalLength > bytes.length || headerLength < 20 || headerLength + 20 > totalLength) return bytes
  bytes.fill(0, 10, 12)
  bytes.set(sum([...bytes.subarray(0, headerLength)]), 10)
  bytes.fill(0, headerLength + 16, headerLength + 18)
  const length = totalLength - headerLength
  const pseudo = [...bytes.subarray(12, 20), 0, 6, length >> 8, length & 0xff]
  bytes.set(sum([...pseudo, ...bytes.subarray(headerLength, totalLength)]), headerLength + 16)
  return bytes
}

/** One carry at a time, as RFC 1071, section 4.1 does not do it. */
function sum(bytes: readonly number[]): readonly [number, number] {
  let total = 0
  for (let at = 0; at < bytes.length; at += 2) {
    total += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    if (total > 0xffff) total -= 0xffff
  }
  return [255 - (total >> 8), 255 - (total & 0xff)]
}

function edit(change: (bytes: Uint8Array, index: number) => Uint8Array, at: number): Damage {
  return bytes => (bytes.length === 0 ? bytes : change(bytes, at % bytes.length))
}
