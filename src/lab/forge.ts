import { UsageError } from '../errors.ts'
import type { Bindings } from '../ladder/bindings.ts'
import { arrives, departs, otherSide, type PeerSide, receiverSide, type Row, senderSide } from '../ladder/ladder.ts'
import { seq as toSeq } from '../tcp/seq.ts'
import { emitSegment, type Segment } from '../tcp/segment.ts'
import { endpointOf, type FaultContext, readFlags } from './faults.ts'

/** A segment made by hand. Addresses are `address:port`; a host stands for the port that it listens on. */
export interface Forged {
  readonly from: string
  readonly to: string | { readonly address: string; readonly port: number }
  /** `'SYN'`, `'FIN,ACK'` */
  readonly flags: string
  readonly seq: number
  readonly ack?: number
  readonly window?: number
  readonly data?: string
}

export function forge(forged: Forged): Segment {
  const { from, to, flags, seq, ack = 0, window = DEFAULT_WINDOW, data = '' } = forged
  const source = readEnd(from)
  const destination = readEnd(typeof to === 'string' ? to : `${to.address}:${to.port}`)
  return {
    ip: { ...IP, source: source.address, destination: destination.address },
    tcp: {
      sourcePort: source.port,
      destinationPort: destination.port,
      seq: toSeq(seq >>> 0),
      ack: toSeq(ack >>> 0),
      flags: readFlags(flags),
      window,
      urgent: 0,
      reserved: 0,
      options: [],
      payload: new TextEncoder().encode(data),
    },
  }
}

/** Its bytes, with the checksums that belong to them, as agents take them. */
export function toBase64(segment: Segment): string {
  return Buffer.from(emitSegment(segment)).toString('base64')
}

/**
 * The segment that a row of the picture shows arriving and nobody sending: an old duplicate. Its numbers are counted from
 * what the picture's numbers have turned out to be.
 */
export function forgeRow(n: number, context: FaultContext, bindings: Bindings): Segment {
  const { ladder } = context
  const row = ladder.rows.find(candidate => candidate.n === n && candidate.segment !== null)
  if (!row?.segment || departs(row.segment) || !arrives(row.segment)) {
    throw new UsageError('FORGE_ROW', `Row ${n} is no segment that arrives without having left.`, {
      hint: "inject({ row }) names a row that begins with '...': an old duplicate.",
    })
  }
  const { segment } = row
  const sender = senderSide(segment)
  const number = (expr: typeof segment.seq, space: PeerSide) =>
    expr === null ? 0 : (bindings.valueOf(expr, space) ?? UNBOUND)
  return forge({
    from: endpointOf(sender, context),
    to: endpointOf(receiverSide(segment), context),
    flags: segment.flags.join(),
    seq: number(segment.seq, sender),
    ack: number(segment.ack, otherSide(sender)),
    data: dataOf(row),
  })
}

/** For a number of which nothing is known yet: any will do. */
const UNBOUND = 1_000_000

function dataOf({ segment }: Row): string {
  if (!segment || segment.data === null) return ''
  return 'x'.repeat(segment.data === 'some' ? 1 : segment.data)
}

function readEnd(text: string): { address: string; port: number } {
  const [, address, port] = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(text) ?? []
  if (address !== undefined && port !== undefined) return { address, port: Number(port) }
  throw new UsageError('ENDPOINT', `'${text}' is no address and port.`, { hint: "Write it so: '198.19.4.7:5555'." })
}

/** As an old duplicate would look that had been on its way for long. */
const IP = {
  tos: 0,
  id: 0,
  reservedFlag: false,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  ipOptions: new Uint8Array(),
} as const
const DEFAULT_WINDOW = 65_535
