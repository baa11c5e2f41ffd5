import { PROTOCOL_TCP } from './headers.ts'

/**
 * The Internet checksum of the parts one after the other (RFC 1071): the ones' complement of the ones' complement sum of
 * all 16-bit words. Over bytes that carry a right checksum it is 0. Only the last part may have an odd length.
 */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const part of parts) {
    // An odd byte at the end is the high one of a word whose low byte is zero. Sums of 64 KiB stay far below 2^53.
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0)
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/**
 * What TCP's checksum covers besides the segment, so that one delivered to the wrong address is noticed (RFC 9293,
 * section 3.1). The length is that of TCP's header and data.
 */
export function pseudoHeader(source: Uint8Array, destination: Uint8Array, length: number): Uint8Array {
  return Uint8Array.of(...source, ...destination, 0, PROTOCOL_TCP, length >>> 8, length & 0xff)
}
