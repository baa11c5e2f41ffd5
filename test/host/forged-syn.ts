import type { Segment } from '../../src/tcp/segment.ts'
import { seq } from '../../src/tcp/seq.ts'

/** A SYN that no kernel has thought of. */
export function forgedSyn(source: string, destination: string, sourcePort = 5555): Segment {
  return {
    ip: {
      source,
      destination,
      tos: 0,
      id: 0,
      reservedFlag: false,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 44,
      ipOptions: new Uint8Array(),
    },
    tcp: {
      sourcePort,
      destinationPort: 5000,
      seq: seq(90),
      ack: seq(0),
      flags: ['SYN'],
      window: 1000,
      urgent: 0,
      reserved: 0,
      options: [],
      payload: new Uint8Array(),
    },
  }
}
