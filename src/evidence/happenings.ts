import { endsOf } from './connections.ts'
import type { ConnectionId } from './evidence.ts'
import { type HeardPackets, LATEST_NS } from './heard-packets.ts'
import type { CallSighting, Sighting, TableSighting, UntracedObservations } from './observations.ts'
import type { Packet } from './packets.ts'
import type { Timeline } from './timeline.ts'

/** Something that was witnessed by a program's clock: it happened some time between two readings of that. */
export type Happening = Bounds & What

interface Bounds {
  /** Whose doing it is, or in whose hearing. */
  readonly host: string
  /** As it was told. */
  readonly stampNs: number
  earliestNs: number
  latestNs: number
}

type What =
  | { readonly kind: 'departure'; readonly packet: Packet; readonly connection: ConnectionId }
  | { readonly kind: 'arrival'; readonly packet: Packet; readonly connection: ConnectionId }
  | { readonly kind: 'call'; readonly call: CallSighting; readonly connection: ConnectionId | null }
  | { readonly kind: 'table'; readonly table: TableSighting }

export type Kind<K extends What['kind']> = Extract<Happening, { readonly kind: K }>

/**
 * How far a stamp may be off follows from how it was made. A listener's is never early, and late by as long as it was away:
 * not at all where the kernel has stamped the packet, up to a second where nothing is known; and by what lies between reading
 * one clock and the other. A call's is made just before the call, which Node makes in one of the next turns of its loop. A
 * table's lines are from some time between the two stamps of its reading.
 */
export function happeningsOf(
  { hosts }: UntracedObservations,
  { packets, horizonNs }: HeardPackets,
  timeline: Timeline,
): Happening[] {
  const happenings: Happening[] = []
  for (const packet of packets) {
    const connection = timeline.nameAfter(packet.segment)
    const { heard, from, arrival } = packet
    // What the wire sends of itself is heard by its receiver alone.
    if (packet.copyOf === null)
      happenings.push({ kind: 'departure', host: from, packet, connection, ...byListener(heard) })
    if (arrival && arrival.heard.tNs < horizonNs)
      happenings.push({ kind: 'arrival', host: arrival.host, packet, connection, ...byListener(arrival.heard) })
  }
  for (const { name: host, calls, tables } of hosts) {
    for (const call of calls) {
      const connection = call.connection === null ? null : timeline.connections.between(...endsOf(call.connection))
      const { tNs } = call
      happenings.push({
        kind: 'call',
        host,
        call,
        connection,
        stampNs: tNs,
        earliestNs: tNs,
        latestNs: tNs + UNTIL_CALLED_NS,
      })
    }
    for (const table of tables) {
      const { tNs, tookNs } = table
      happenings.push({ kind: 'table', host, table, stampNs: tNs, earliestNs: tNs, latestNs: tNs + tookNs })
    }
  }
  return happenings.filter(({ stampNs }) => stampNs < horizonNs).sort((a, b) => a.stampNs - b.stampNs)
}

function byListener({ tNs, awayNs }: Sighting) {
  const lateNs = awayNs === undefined ? LATEST_NS : awayNs + CLOCKS_NS
  return { stampNs: tNs, earliestNs: tNs - lateNs, latestNs: tNs }
}

const CLOCKS_NS = 50_000
const UNTIL_CALLED_NS = 20_000_000
