import { emitSegment } from '../tcp/segment.ts'
import { seq } from '../tcp/seq.ts'

/** Where a flood goes. */
export interface Target {
  readonly address: string
  readonly port: number
}

/** Bytes of each: IP's header and TCP's, and no option. */
export const SYN_BYTES = 40

/**
 * Writes the nth SYN of a flood. No two of them are from the same address and port, and each flood sends the same ones: two
 * runs can be compared. All but what differs is in the template already.
 */
export class InventedSyns {
  readonly template: Uint8Array
  readonly #sum: number

  constructor({ address, port }: Target) {
    this.template = emitSegment({
      ip: { ...IP, source: '198.19.0.0', destination: address },
      tcp: { ...TCP, sourcePort: 0, destinationPort: port, seq: seq(0) },
    })
    const view = new DataView(this.template.buffer, this.template.byteOffset)
    this.#sum = ~view.getUint16(TCP_CHECKSUM) & 0xffff
  }

  /** Into a packet that began as the template. The sum grows by what is put where zeros were (RFC 1624). */
  write(n: number, packet: DataView, at: number): void {
    const host = (n * SPREAD) & 0xffff
    const port = FIRST_PORT + ((n * 7919 + Math.floor(n / 0x10000)) % (0x10000 - FIRST_PORT))
    const number = Math.imul(n + 1, GOLDEN) >>> 0
    packet.setUint16(at + SOURCE_HOST, host)
    packet.setUint16(at + SOURCE_PORT, port)
    packet.setUint32(at + SEQ, number)
    let sum = this.#sum + host + port + (number >>> 16) + (number & 0xffff)
    sum = (sum & 0xffff) + (sum >>> 16)
    sum = (sum & 0xffff) + (sum >>> 16)
    packet.setUint16(at + TCP_CHECKSUM, ~sum & 0xffff)
  }
}

const SOURCE_HOST = 14
const SOURCE_PORT = 20
const SEQ = 24
const TCP_CHECKSUM = 36
const FIRST_PORT = 1024
/** Odd, so that all of a /16 come before one comes again. */
const SPREAD = 40_503
/** 2³² over the golden ratio. */
const GOLDEN = 2_654_435_769

const IP = {
  tos: 0,
  // Not 0, which the kernel would replace by one of its own.
  id: 1,
  reservedFlag: false,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  ipOptions: new Uint8Array(),
} as const
const TCP = {
  ack: seq(0),
  flags: ['SYN'],
  window: 65_535,
  urgent: 0,
  reserved: 0,
  options: [],
  payload: new Uint8Array(),
} as const
