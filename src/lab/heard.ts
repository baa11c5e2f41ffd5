import { SegmentError } from '../errors.ts'
import type { TcpOption } from '../tcp/options.ts'
import { type Flag, parseSegment } from '../tcp/segment.ts'

/** What a program on a raw socket takes from a segment to answer it. Ends are `address:port`. */
export interface HeardSegment {
  readonly from: string
  readonly to: string
  readonly flags: readonly Flag[]
  readonly seq: number
  readonly ack: number
  /** What it says besides: `'timestamps'`, `'windowScale'`, `'sackPermitted'` … */
  readonly options: readonly TcpOption['kind'][]
}

/** Null where the bytes are no segment. */
export function readHeard(base64: string): HeardSegment | null {
  try {
    const { ip, tcp } = parseSegment(Buffer.from(base64, 'base64')).segment
    return {
      from: `${ip.source}:${tcp.sourcePort}`,
      to: `${ip.destination}:${tcp.destinationPort}`,
      flags: tcp.flags,
      seq: tcp.seq,
      ack: tcp.ack,
      options: tcp.options.map(({ kind }) => kind).filter(kind => kind !== 'nop'),
    }
  } catch (error) {
    if (error instanceof SegmentError) return null
    throw error
  }
}
