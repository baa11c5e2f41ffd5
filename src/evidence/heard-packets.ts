import type { Segment } from '../tcp/segment.ts'
import type { ObservedHost, Sighting, UntracedObservations } from './observations.ts'
import { DAMAGED, HELD, isSame, type Packet } from './packets.ts'

type Draft<T> = { -readonly [K in keyof T]: T[K] }

export interface HeardPackets {
  /** A number, once given, stays. */
  readonly packets: readonly Packet[]
  /** From this stamp on nothing is certain: an arrival whose departure may still be told. */
  readonly horizonNs: number
}

/**
 * What became of each packet, from sniffers alone. A departure's arrival is the packet that says the same, in the order in
 * which its receiver heard them; what does not arrive while the link could still hold it back is lost.
 */
export function matchPackets(observations: UntracedObservations): HeardPackets {
  const matching = new Matching(observations)
  const arrivals = observations.hosts
    .flatMap(host => host.arrivals.map((heard, at) => ({ host, heard, at })))
    .filter(({ heard }) => isTold(heard, observations))
    .sort((a, b) => a.heard.tNs - b.heard.tNs)
  for (const { host, heard, at } of arrivals) matching.arrived(host, heard, at)
  return matching.finish()
}

function isTold({ tNs }: Sighting, { isComplete, untilNs }: UntracedObservations): boolean {
  return isComplete || tNs <= untilNs
}

class Matching {
  readonly #observations: UntracedObservations
  readonly #packets: Draft<Packet>[] = []
  /** By the receiver's address: what may still arrive. */
  readonly #underway = new Map<string, Draft<Packet>[]>()
  readonly #injected: { readonly host: string; readonly sighting: Sighting }[]
  readonly #slowestNs: number
  #nextHeard = 0
  #horizonNs = Number.POSITIVE_INFINITY

  constructor(observations: UntracedObservations) {
    this.#observations = observations
    this.#slowestNs = observations.slowestMs * 1e6 + LATEST_NS
    this.#injected = observations.hosts.flatMap(({ name: host, injected = [] }) =>
      injected.map(sighting => ({ host, sighting })),
    )
  }

  arrived(host: ObservedHost, heard: Sighting, at: number): void {
    // The wire may have come later to its copy than the receiver to its own.
    this.#leaveUntil(heard.tNs + LATEST_NS)
    const arrival = { at, host: host.name, heard }
    const underway = this.#stillUnderway(host.address, heard.tNs)
    const packet = underway.find(candidate => isIdentical(candidate.heard, heard))
    if (packet) {
      packet.arrival = arrival
      this.#underway.set(
        host.address,
        underway.filter(other => other !== packet),
      )
      return
    }
    if (!heard.isSound) {
      const damaged = underway.find(candidate => candidate.heard.length === heard.length && !this.#isHeld(candidate))
      if (damaged) damaged.lost = DAMAGED
      return
    }
    if (heard.segment) this.#cameFromNowhere(arrival, heard.segment)
  }

  finish(): HeardPackets {
    const { untilNs, isComplete } = this.#observations
    this.#leaveUntil(isComplete ? Number.POSITIVE_INFINITY : untilNs)
    for (const packet of this.#packets) {
      if (packet.arrival || packet.lost) continue
      if (this.#isHeld(packet)) packet.lost = { by: HELD }
      else if (untilNs - packet.heard.tNs > this.#slowestNs && this.#isCounted(packet)) packet.lost = LOST
    }
    return { packets: this.#packets, horizonNs: this.#horizonNs }
  }

  /** netem's copy of what has arrived, or what the wire has forged. Either may turn out to have left a host after all. */
  #cameFromNowhere(arrival: NonNullable<Packet['arrival']>, segment: Segment): void {
    const { untilNs, isComplete, wire } = this.#observations
    const { heard, host } = arrival
    if (!isComplete && heard.tNs > untilNs - LATEST_NS) this.#horizonNs = Math.min(this.#horizonNs, heard.tNs)
    const original = this.#packets.findLast(
      packet =>
        packet.copyOf === null &&
        packet.arrival?.host === host &&
        heard.tNs - packet.heard.tNs <= this.#slowestNs &&
        isIdentical(packet.heard, heard),
    )
    const packet = original
      ? { ...original, copyOf: original.id }
      : { from: wire.name, departedAt: -1, heard, segment, lost: null, copyOf: null }
    this.#packets.push({ ...packet, id: this.#packets.length, arrival })
  }

  #leaveUntil(tNs: number): void {
    const { heard } = this.#observations.wire
    for (let next = heard[this.#nextHeard]; next && next.tNs <= tNs; next = heard[++this.#nextHeard]) {
      const { segment } = next
      if (!segment || !isTold(next, this.#observations)) continue
      const from = this.#senderOf(next, segment)
      const id = this.#packets.length
      const packet: Draft<Packet> = {
        id,
        from,
        departedAt: this.#nextHeard,
        heard: next,
        segment,
        arrival: null,
        lost: null,
        copyOf: null,
      }
      this.#packets.push(packet)
      const { destination } = segment.ip
      this.#underway.set(destination, [...(this.#underway.get(destination) ?? []), packet])
    }
  }

  #senderOf(heard: Sighting, { ip }: Segment): string {
    const index = this.#injected.findIndex(({ sighting }) => isIdentical(sighting, heard))
    const [byHand] = index < 0 ? [] : this.#injected.splice(index, 1)
    return byHand?.host ?? this.#observations.hosts.find(({ address }) => address === ip.source)?.name ?? ip.source
  }

  #stillUnderway(address: string, tNs: number): Draft<Packet>[] {
    const still = (this.#underway.get(address) ?? []).filter(
      packet => packet.lost === null && (this.#isHeld(packet) || tNs - packet.heard.tNs <= this.#slowestNs),
    )
    this.#underway.set(address, still)
    return still
  }

  #isHeld({ id }: Packet): boolean {
    return this.#observations.held.has(id)
  }

  /** Whether its receiver's own count leaves no room for an arrival that nobody heard. */
  #isCounted({ segment }: Packet): boolean {
    const { isComplete, hosts } = this.#observations
    const receiver = hosts.find(({ address }) => address === segment.ip.destination)
    if (!isComplete || !receiver?.counters) return true
    return receiver.counters.inSegs <= receiver.arrivals.length
  }
}

/** Nobody has seen where. */
const LOST = { by: 'it never arrived' } as const
/** Half a second was measured where one process listened for all, and nine were waiting for its processor. */
export const LATEST_NS = 1_000_000_000

/** The same packet, not only the same segment sent again: its number in IP and its options (a timestamp) tell them apart. */
function isIdentical(a: Sighting, b: Sighting): boolean {
  return isSame(a, b) && a.segment?.ip.id === b.segment?.ip.id && optionsOf(a) === optionsOf(b)
}

function optionsOf({ segment }: Sighting): string {
  return JSON.stringify(segment?.tcp.options, (_, value: unknown) =>
    value instanceof Uint8Array ? [...value] : typeof value === 'bigint' ? String(value) : value,
  )
}
