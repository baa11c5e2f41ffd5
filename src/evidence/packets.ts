import type { Segment } from '../tcp/segment.ts'
import type { ObservedHost, Sighting, TracedObservations } from './observations.ts'
import type { TraceRecord } from './trace-lines.ts'

/**
 * One packet of TCP from where it left to what became of it. Places are indices: into the trace, or, without it, into what
 * the wire and the receiver have heard.
 */
export interface Packet {
  readonly id: number
  /** The host by whose device it left. */
  readonly from: string
  readonly departedAt: number
  /** As the wire heard it; what the wire sent of its own accord, as its receiver did. */
  readonly heard: Sighting
  readonly segment: Segment
  readonly arrival: { readonly at: number; readonly host: string; readonly heard: Sighting } | null
  readonly lost: { readonly by: string } | null
  /** The number of the packet that it is a copy of, made on the way. */
  readonly copyOf: number | null
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }
type PacketRecord = TraceRecord & { readonly kind: 'sent' | 'received' }

/** A packet whose bytes are not known yet: it has left its host, or the wire has sent it. */
interface Underway {
  readonly from: string
  readonly departedAt: number
  readonly length: number
  packet: Draft<Packet> | null
  /** Where the wire sent it on. */
  forwardedAt: number | null
  /** What it says of another packet, if it is such a one. */
  readonly complaint: Omit<Complaint, 'at' | 'host'> | null
}

/** A packet of ICMP that has come back to a host, about one that it had sent (RFC 792). */
export interface Complaint {
  readonly at: number
  readonly host: string
  readonly about: Packet
  readonly type: number
  readonly code: number
}

export interface PacketStories {
  /** In the order in which the wire heard them: a number, once given, stays. */
  readonly packets: readonly Packet[]
  readonly complaints: readonly Complaint[]
  /** What was heard but cannot be placed, or cannot have gone unheard, in sentences. */
  readonly unexplained: readonly string[]
  /** The place in the trace from which on nothing is certain: a packet whose sniffer has not told of it yet. */
  readonly horizon: number
}

/**
 * Follows each packet through the kernel by its own address there. The trace says where it is, sniffers say what is in
 * it: each of them hears the packets of one device in the order in which the trace sees them come in.
 */
export function followPackets(observations: TracedObservations): PacketStories {
  const walk = new Walk(observations)
  for (const [index, record] of observations.trace.entries()) walk.take(record, index)
  return walk.stories()
}

class Walk {
  readonly #observations: TracedObservations
  readonly #underway = new Map<string, Underway>()
  readonly #packets: Draft<Packet>[] = []
  readonly #complaints: Complaint[] = []
  /** By whom: of what the packet of ICMP that it sends next will complain. */
  readonly #complaining = new Map<string, Underway['complaint']>()
  readonly #ears: ReadonlyMap<string, Ear>
  readonly #hosts: ReadonlyMap<string, ObservedHost>
  readonly #silent = new Map<string, number>()
  #horizon = Number.POSITIVE_INFINITY

  constructor(observations: TracedObservations) {
    this.#observations = observations
    const { hosts, wire } = observations
    this.#hosts = new Map(hosts.map(host => [host.device, host]))
    this.#ears = new Map([
      [wire.device, new Ear(wire.heard)],
      ...hosts.map(host => [host.device, new Ear(host.arrivals)] as const),
    ])
  }

  take(record: TraceRecord, index: number): void {
    if (record.kind === 'sent') this.#sent(record, index)
    else if (record.kind === 'received') this.#received(record, index)
    else if (record.kind === 'dropped') this.#dropped(record.skb, record.reason)
    else if (record.kind === 'consumed') this.#swallowed(record.skb)
    else if (record.kind === 'complained') this.#complained(record)
  }

  stories(): PacketStories {
    const { hosts, wire } = this.#observations
    const unplaced = this.#ears.get(wire.device)?.left ?? 0
    return {
      packets: this.#packets,
      complaints: this.#complaints,
      horizon: this.#horizon,
      unexplained: [
        ...(unplaced > 0 ? [`The wire heard ${unplaced} segments that no kernel was seen to send.`] : []),
        ...hosts.flatMap(({ name, device }) => {
          const silent = this.#silent.get(name) ?? 0
          const left = this.#ears.get(device)?.left ?? 0
          return [
            ...(silent > 0 ? [`${name}'s sniffer did not hear ${silent} segments that its kernel received.`] : []),
            ...(left > 0 ? [`${name}'s sniffer heard ${left} segments that nobody was seen to send.`] : []),
          ]
        }),
      ],
    }
  }

  #complained({ by, skb, type, code }: TraceRecord & { readonly kind: 'complained' }): void {
    const about = this.#underway.get(skb)?.packet
    this.#complaining.set(by, about ? { about, type, code } : null)
  }

  #sent({ by, device, skb, length }: PacketRecord, index: number): void {
    const { wire } = this.#observations
    const from =
      this.#hosts.get(device)?.name ?? (device === wire.device && !this.#underway.has(skb) ? wire.name : null)
    const forwarded = device === wire.device ? this.#underway.get(skb) : undefined
    if (forwarded) forwarded.forwardedAt = index
    if (from === null) return
    const complaint = this.#complaining.get(by) ?? null
    this.#complaining.delete(by)
    this.#underway.set(skb, { from, departedAt: index, length, packet: null, forwardedAt: null, complaint })
  }

  #received(record: PacketRecord, index: number): void {
    const host = this.#hosts.get(record.device)
    if (host) this.#reached(host, record, index)
    else if (record.device === this.#observations.wire.device) this.#reachedWire(record, index)
  }

  #reachedWire({ device, skb, length }: PacketRecord, index: number): void {
    const underway = this.#underway.get(skb)
    if (!underway) return
    if (this.#isYetToBeHeard(device, index)) this.#horizon = Math.min(this.#horizon, underway.departedAt)
    const heard = this.#ears.get(device)?.next(length)
    // A packet of another length is not TCP's.
    if (!heard) this.#underway.delete(skb)
    else if (heard.segment) underway.packet = this.#add(underway, heard, heard.segment)
  }

  #reached(host: ObservedHost, { device, skb, length }: PacketRecord, index: number): void {
    const underway = this.#underway.get(skb)
    // What IP itself refuses reaches no sniffer: the trace says next that it was dropped.
    if (!underway || this.#isRefused(skb, index)) return
    this.#underway.delete(skb)
    if (underway.complaint) {
      this.#complaints.push({ at: index, host: host.name, ...underway.complaint })
      return
    }
    if (this.#isYetToBeHeard(device, index)) this.#horizon = Math.min(this.#horizon, index)
    const heard = this.#ears.get(device)?.next(length)
    const { packet } = underway
    if (!heard) {
      if (packet) this.#silent.set(host.name, (this.#silent.get(host.name) ?? 0) + 1)
      return
    }
    const arrival = { at: index, host: host.name, heard }
    if (packet && isSame(packet.heard, heard)) this.#arrived(packet, arrival)
    else if (packet && heard.isSound && heard.segment) this.#rewritten(packet, underway, arrival, heard.segment)
    else if (packet) packet.lost = DAMAGED
    else this.#cameFromWire(underway, arrival)
  }

  /** The kernel is done with a packet before its sniffer gets to tell of it. One that has not told for long will not. */
  #isYetToBeHeard(device: string, index: number): boolean {
    const { isComplete, trace, untilNs } = this.#observations
    const sinceNs = untilNs - (trace[index]?.tNs ?? 0)
    return !isComplete && sinceNs < LATE_NS && this.#ears.get(device)?.left === 0
  }

  #isRefused(skb: string, index: number): boolean {
    const { trace } = this.#observations
    const next = trace.slice(index + 1, index + 1 + SOON).find(record => 'skb' in record && record.skb === skb)
    return next?.kind === 'dropped' && REFUSALS.test(next.reason)
  }

  /** Of copies that netem has made the first to arrive is taken for the packet itself: nothing tells them apart. */
  #arrived(packet: Draft<Packet>, arrival: NonNullable<Packet['arrival']>): void {
    if (packet.arrival === null) {
      packet.arrival = arrival
      packet.lost = null
      return
    }
    const copy = this.#add(packet, packet.heard, packet.segment)
    copy.arrival = arrival
    copy.copyOf = packet.id
  }

  /** A middlebox has sent another segment in its place. */
  #rewritten(
    packet: Draft<Packet>,
    { forwardedAt }: Underway,
    arrival: NonNullable<Packet['arrival']>,
    segment: Segment,
  ): void {
    packet.lost = REWRITTEN
    const from = this.#observations.wire.name
    this.#add({ from, departedAt: forwardedAt ?? arrival.at }, arrival.heard, segment).arrival = arrival
  }

  /** What the wire sends of itself: a segment that it has kept back, a copy that its netem has made, or a forged one. */
  #cameFromWire(underway: Underway, arrival: NonNullable<Packet['arrival']>): void {
    const { heard } = arrival
    const known = this.#packets.filter(packet => packet.copyOf === null && isSame(packet.heard, heard))
    const late = known.find(packet => packet.arrival === null && this.#isHeld(packet))
    const original = late ?? known.findLast(({ lost }) => lost === null)
    if (original) this.#arrived(original, arrival)
    else if (!heard.isSound) this.#damaged(heard.length, arrival.host, DAMAGED)
    else if (heard.segment) this.#add(underway, heard, heard.segment).arrival = arrival
  }

  /** netem damages a copy, and the packet itself is gone without a word: it is the longest under way of that length. */
  #damaged(length: number, to: string | null, lost: NonNullable<Packet['lost']>): void {
    const packet = this.#packets.find(
      ({ arrival, lost, from, heard }) => arrival === null && lost === null && from !== to && heard.length === length,
    )
    if (packet) packet.lost = lost
  }

  #isHeld({ id }: Packet): boolean {
    return this.#observations.held.has(id)
  }

  #dropped(skb: string, reason: string): void {
    const underway = this.#underway.get(skb)
    if (!underway) return
    this.#underway.delete(skb)
    const { packet, length, from } = underway
    if (packet?.arrival === null) packet.lost = { by: this.#isHeld(packet) ? HELD : reason }
    else if (!packet && from === this.#observations.wire.name) this.#damaged(length, null, { by: reason })
  }

  #swallowed(skb: string): void {
    const underway = this.#underway.get(skb)
    if (!underway) return
    this.#underway.delete(skb)
    if (underway.packet?.arrival === null) underway.packet.lost = SWALLOWED
  }

  #add({ from, departedAt }: Pick<Packet, 'from' | 'departedAt'>, heard: Sighting, segment: Segment): Draft<Packet> {
    const id = this.#packets.length
    const packet = { id, from, departedAt, heard, segment, arrival: null, lost: null, copyOf: null }
    this.#packets.push(packet)
    return packet
  }
}

/** What one sniffer has heard, as far as the trace has come. */
class Ear {
  readonly #heard: readonly Sighting[]
  #next = 0

  constructor(heard: readonly Sighting[]) {
    this.#heard = heard
  }

  get left(): number {
    return this.#heard.length - this.#next
  }

  next(length: number): Sighting | null {
    const sighting = this.#heard[this.#next]
    if (sighting?.length !== length) return null
    this.#next++
    return sighting
  }
}

/** Kept back by the wire, to be sent on later. */
export const HELD = 'held'
export const DAMAGED = { by: 'damaged' } as const
/** By a SYN proxy, which answers for itself. */
const SWALLOWED = { by: 'SYNPROXY' } as const
/** Its numbers are others on the far side of the wire. */
const REWRITTEN = { by: 'rewritten' } as const

export function isSame(a: Sighting, b: Sighting): boolean {
  if (!a.segment || !b.segment || !b.isSound) return false
  const [one, other] = [a.segment, b.segment]
  return (
    one.ip.source === other.ip.source &&
    one.ip.destination === other.ip.destination &&
    one.tcp.sourcePort === other.tcp.sourcePort &&
    one.tcp.destinationPort === other.tcp.destinationPort &&
    one.tcp.seq === other.tcp.seq &&
    one.tcp.ack === other.tcp.ack &&
    one.tcp.window === other.tcp.window &&
    one.tcp.payload.length === other.tcp.payload.length &&
    one.tcp.flags.join() === other.tcp.flags.join()
  )
}

/** Why IP drops what comes in before TCP, or a raw socket, gets to see it (include/net/dropreason-core.h). */
const REFUSALS = /^(IP_|OTHERHOST|PKT_TOO_SMALL|UNHANDLED_PROTO|NETFILTER_)/
const LATE_NS = 1_000_000_000
/** How many lines of other processors may come in between. */
const SOON = 16
