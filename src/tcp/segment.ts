import { internetChecksum, pseudoHeader } from './checksum.ts'
import { addressBytes, addressText, unrepresentable, unsigned } from './fields.ts'
import { checkIpHeader, checkTcpHeader, IP_LENGTH, PROTOCOL_TCP, TCP_LENGTH } from './headers.ts'
import { emitOptions, parseOptions, type TcpOption } from './options.ts'
import { type Seq, seq } from './seq.ts'

/** In the order in which the RFC's figures print them: `SYN,ACK`, `FIN,ACK`. */
export const FLAGS = ['SYN', 'FIN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const

export type Flag = (typeof FLAGS)[number]

const FLAG_BITS: Readonly<Record<Flag, number>> = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
}

/** A TCP segment in its IPv4 packet, without what follows from the rest: lengths and checksums. */
export interface Segment {
  readonly ip: IpHeader
  readonly tcp: TcpPart
}

/** RFC 791, section 3.1. */
export interface IpHeader {
  readonly source: string
  readonly destination: string
  readonly tos: number
  readonly id: number
  /** The flag that must be zero. */
  readonly reservedFlag: boolean
  readonly dontFragment: boolean
  readonly moreFragments: boolean
  /** Always 0: a later fragment does not begin with TCP's header. */
  readonly fragmentOffset: 0
  readonly ttl: number
  /** As they stand, in whole words. */
  readonly ipOptions: Uint8Array
}

/** RFC 9293, section 3.1. */
export interface TcpPart {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: Seq
  /** What the field says, with the ACK flag or without. */
  readonly ack: Seq
  /** Each once, in the order of FLAGS. */
  readonly flags: readonly Flag[]
  readonly window: number
  /** What the field says, with the URG flag or without. */
  readonly urgent: number
  /** The four bits behind the data offset; the lowest is AE, once NS (RFC 9768). */
  readonly reserved: number
  readonly options: readonly TcpOption[]
  readonly payload: Uint8Array
}

export interface ParsedSegment {
  readonly segment: Segment
  readonly ipChecksumOk: boolean
  /** False, too, for a first fragment (the sum covers all of them) and where a device was to fill the sum in. */
  readonly tcpChecksumOk: boolean
}

const DONT_FRAGMENT = 0x4000
const MORE_FRAGMENTS = 0x2000
const RESERVED_FLAG = 0x8000

export function flagsText(flags: readonly Flag[]): string {
  return FLAGS.filter(flag => flags.includes(flag)).join(',')
}

/** Reads an IPv4 packet; what follows its total length is a short Ethernet frame's filling. */
export function parseSegment(bytes: Uint8Array): ParsedSegment {
  // A copy, because receive buffers are used again; and a plain one, because a Buffer's slices are not copies.
  const packet = new Uint8Array(bytes)
  const view = new DataView(packet.buffer)
  const ipEnd = checkIpHeader(view)
  const totalLength = view.getUint16(2)
  const tcpEnd = ipEnd + checkTcpHeader(view, ipEnd, totalLength)
  const fragment = view.getUint16(6)
  const offsetAndFlags = view.getUint16(ipEnd + 12)
  const ip: IpHeader = {
    source: addressText(packet.subarray(12, 16)),
    destination: addressText(packet.subarray(16, 20)),
    tos: view.getUint8(1),
    id: view.getUint16(4),
    reservedFlag: (fragment & RESERVED_FLAG) !== 0,
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffset: 0,
    ttl: view.getUint8(8),
    ipOptions: packet.slice(IP_LENGTH, ipEnd),
  }
  const tcp: TcpPart = {
    sourcePort: view.getUint16(ipEnd),
    destinationPort: view.getUint16(ipEnd + 2),
    seq: seq(view.getUint32(ipEnd + 4)),
    ack: seq(view.getUint32(ipEnd + 8)),
    flags: FLAGS.filter(flag => (offsetAndFlags & FLAG_BITS[flag]) !== 0),
    window: view.getUint16(ipEnd + 14),
    urgent: view.getUint16(ipEnd + 18),
    reserved: (offsetAndFlags >>> 8) & 0xf,
    options: parseOptions(packet.slice(ipEnd + TCP_LENGTH, tcpEnd)),
    payload: packet.slice(tcpEnd, totalLength),
  }
  const pseudo = pseudoHeader(packet.subarray(12, 16), packet.subarray(16, 20), totalLength - ipEnd)
  return {
    segment: { ip, tcp },
    ipChecksumOk: internetChecksum(packet.subarray(0, ipEnd)) === 0,
    tcpChecksumOk: internetChecksum(pseudo, packet.subarray(ipEnd, totalLength)) === 0,
  }
}

/** The packet's bytes, with the lengths and both checksums that belong to them. */
export function emitSegment({ ip, tcp }: Segment): Uint8Array {
  const options = emitOptions(tcp.options)
  if (ip.ipOptions.length % 4 !== 0 || ip.ipOptions.length > 40) {
    throw unrepresentable(`IP's options take ${ip.ipOptions.length} bytes; whole words are wanted, at most ten.`)
  }
  const ipEnd = IP_LENGTH + ip.ipOptions.length
  const tcpEnd = ipEnd + TCP_LENGTH + options.length
  const totalLength = unsigned(tcpEnd + tcp.payload.length, 16, "The packet's total length")
  const source = addressBytes(ip.source, 'The source')
  const destination = addressBytes(ip.destination, 'The destination')

  const packet = new Uint8Array(totalLength)
  const view = new DataView(packet.buffer)
  view.setUint8(0, 0x40 | (ipEnd / 4))
  view.setUint8(1, unsigned(ip.tos, 8, 'The type of service'))
  view.setUint16(2, totalLength)
  view.setUint16(4, unsigned(ip.id, 16, "The packet's id"))
  view.setUint16(6, fragmentField(ip))
  view.setUint8(8, unsigned(ip.ttl, 8, 'The time to live'))
  view.setUint8(9, PROTOCOL_TCP)
  packet.set(source, 12)
  packet.set(destination, 16)
  packet.set(ip.ipOptions, IP_LENGTH)
  view.setUint16(10, internetChecksum(packet.subarray(0, ipEnd)))

  view.setUint16(ipEnd, unsigned(tcp.sourcePort, 16, 'The source port'))
  view.setUint16(ipEnd + 2, unsigned(tcp.destinationPort, 16, 'The destination port'))
  view.setUint32(ipEnd + 4, unsigned(tcp.seq, 32, 'The sequence number'))
  view.setUint32(ipEnd + 8, unsigned(tcp.ack, 32, 'The acknowledgement number'))
  view.setUint8(ipEnd + 12, (((tcpEnd - ipEnd) / 4) << 4) | unsigned(tcp.reserved, 4, 'The reserved field'))
  view.setUint8(
    ipEnd + 13,
    tcp.flags.reduce((bits, flag) => bits | FLAG_BITS[flag], 0),
  )
  view.setUint16(ipEnd + 14, unsigned(tcp.window, 16, 'The window'))
  view.setUint16(ipEnd + 18, unsigned(tcp.urgent, 16, 'The urgent pointer'))
  packet.set(options, ipEnd + TCP_LENGTH)
  packet.set(tcp.payload, tcpEnd)
  const pseudo = pseudoHeader(source, destination, totalLength - ipEnd)
  view.setUint16(ipEnd + 16, internetChecksum(pseudo, packet.subarray(ipEnd)))
  return packet
}

function fragmentField(ip: IpHeader): number {
  return (
    (ip.reservedFlag ? RESERVED_FLAG : 0) |
    (ip.dontFragment ? DONT_FRAGMENT : 0) |
    (ip.moreFragments ? MORE_FRAGMENTS : 0)
  )
}
