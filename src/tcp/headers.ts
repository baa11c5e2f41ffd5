import { SegmentError } from '../errors.ts'

/** What either header takes without options. */
export const IP_LENGTH = 20
export const TCP_LENGTH = 20
export const PROTOCOL_TCP = 6

/** Where IP's header ends, if this is an IPv4 packet that begins with TCP's header and is all there. */
export function checkIpHeader(view: DataView): number {
  const size = view.byteLength
  if (size === 0) throw refused('TRUNCATED', 'There are no bytes at all.')
  const version = view.getUint8(0) >>> 4
  if (version !== 4) throw refused('NOT_IPV4', `The first four bits, IP's version, say ${version}, not 4.`)
  if (size < IP_LENGTH) throw refused('TRUNCATED', `The packet ends at byte ${size}, within IP's header.`)
  const length = (view.getUint8(0) & 0xf) * 4
  if (length < IP_LENGTH)
    throw refused('IP_HEADER', `IP's header length, in byte 0, is ${length} and must be 20 or more.`)
  const totalLength = view.getUint16(2)
  if (totalLength > size) {
    throw refused('TRUNCATED', `IP's total length, in byte 2, is ${totalLength}, and ${size} bytes are here.`)
  }
  const protocol = view.getUint8(9)
  if (protocol !== PROTOCOL_TCP) throw refused('NOT_TCP', `IP's protocol, in byte 9, is ${protocol}, not 6 for TCP.`)
  const offset = view.getUint16(6) & 0x1fff
  if (offset !== 0) throw refused('FRAGMENT', `A later fragment, from byte ${offset * 8} on, has no TCP header.`)
  return length
}

/** The length of TCP's header, if it fits between IP's header and the packet's end. */
export function checkTcpHeader(view: DataView, ipEnd: number, totalLength: number): number {
  if (totalLength < ipEnd + TCP_LENGTH) {
    throw refused(
      'TRUNCATED',
      `IP's total length, ${totalLength}, leaves no room for TCP's header from byte ${ipEnd} on.`,
    )
  }
  const length = (view.getUint8(ipEnd + 12) >>> 4) * 4
  if (length < TCP_LENGTH || ipEnd + length > totalLength) {
    const range = `20 to ${totalLength - ipEnd}`
    throw refused(
      'TCP_HEADER',
      `TCP's data offset, in byte ${ipEnd + 12}, is ${length} bytes and can be ${range} here.`,
    )
  }
  return length
}

function refused(code: string, message: string): SegmentError {
  return new SegmentError(`SEGMENT_${code}`, message)
}
