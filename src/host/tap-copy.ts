import { internetChecksum } from '../tcp/checksum.ts'

const FLAGS_AT = 6
const TTL_AT = 8
const CHECKSUM_AT = 10
/** In the first of the two bytes of flags and fragment offset (RFC 791, section 3.1). */
const DONT_FRAGMENT = 0x40

/**
 * The packet as its sender let it go, from the copy that the wire's tap heard of it. nft's dup takes one from the copy's
 * time to live and sets DF (nf_dup_ipv4, net/ipv4/netfilter/nf_dup_ipv4.c); on its way out the copy gets a new header
 * checksum, and the total length that it has anyway (__ip_local_out). Nothing else is touched, and nothing else is put
 * back here.
 *
 * Whether DF was set before does not show in the copy. It shows in what arrived, because forwarding leaves it alone. Of a
 * segment that never arrived it is not known, and stays as Linux sets it for TCP unless net.ipv4.ip_no_pmtu_disc says
 * otherwise (ip_dont_fragment, include/net/ip.h).
 */
export function originalOf(copy: Uint8Array, arrived: Uint8Array | null): Uint8Array {
  const packet = Uint8Array.from(copy)
  const view = new DataView(packet.buffer)
  const headerLength = (view.getUint8(0) & 0xf) * 4
  view.setUint8(TTL_AT, view.getUint8(TTL_AT) + 1)
  if (arrived) {
    const kept = view.getUint8(FLAGS_AT) & ~DONT_FRAGMENT
    view.setUint8(FLAGS_AT, kept | ((arrived[FLAGS_AT] ?? 0) & DONT_FRAGMENT))
  }
  view.setUint16(CHECKSUM_AT, 0)
  view.setUint16(CHECKSUM_AT, internetChecksum(packet.subarray(0, headerLength)))
  return packet
}
