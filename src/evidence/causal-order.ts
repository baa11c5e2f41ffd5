import { Heap } from './heap.ts'
import type { Segment } from '../tcp/segment.ts'
import type { Happening, Kind } from './happenings.ts'
import { LATEST_NS } from './heard-packets.ts'

/** What happened, each after all that it came of; and of each how far back its own host's part in it is certain. */
export interface CausalOrder {
  readonly happenings: readonly Happening[]
  isSurelyBefore(earlier: Happening, later: Happening): boolean
}

/**
 * Causality first: a departure comes before its arrival, an arrival before what answers or acknowledges it, a call before
 * what it sends, and what one observer saw in the order in which it saw it. Where none of that decides, the stamps do. The
 * bounds of each stamp are narrowed by what came before and after.
 */
export function inCausalOrder(byStamp: readonly Happening[]): CausalOrder {
  const causes = new Causes(byStamp)
  const happenings = linearize(byStamp, [causes.after, causes.likely])
  for (const happening of happenings) {
    for (const effect of causes.after.get(happening) ?? [])
      effect.earliestNs = Math.max(effect.earliestNs, happening.earliestNs)
  }
  for (const happening of happenings.toReversed()) {
    for (const effect of causes.after.get(happening) ?? [])
      happening.latestNs = Math.min(happening.latestNs, effect.latestNs)
    happening.earliestNs = Math.min(happening.earliestNs, happening.latestNs)
  }
  return { happenings, isSurelyBefore: (earlier, later) => causes.isSurelyBefore(earlier, later) }
}

/** The earliest stamp of what waits for nothing more. */
function linearize(
  byStamp: readonly Happening[],
  orders: readonly ReadonlyMap<Happening, readonly Happening[]>[],
): Happening[] {
  const after = (happening: Happening) => orders.flatMap(order => order.get(happening) ?? [])
  const waitsFor = new Map<Happening, number>()
  for (const happening of byStamp) {
    for (const effect of after(happening)) waitsFor.set(effect, (waitsFor.get(effect) ?? 0) + 1)
  }
  const places = new Map(byStamp.map((happening, index) => [happening, index]))
  const ready = new Heap<Happening>((a, b) => (places.get(a) ?? 0) < (places.get(b) ?? 0))
  const taken = new Set<Happening>()
  const take = (happening: Happening) => {
    if (taken.has(happening)) return
    taken.add(happening)
    for (const effect of after(happening)) {
      const left = (waitsFor.get(effect) ?? 0) - 1
      waitsFor.set(effect, left)
      if (left === 0) ready.push(effect)
    }
  }
  for (const happening of byStamp) if (!waitsFor.has(happening)) ready.push(happening)
  // Should two rules contradict each other, the stamps break the circle.
  for (const happening of byStamp) {
    for (let next = ready.pop(); next; next = ready.pop()) take(next)
    take(happening)
  }
  return [...taken]
}

class Causes {
  readonly after = new Map<Happening, Happening[]>()
  /** What came after, in all likelihood: it decides where stamps would, and narrows nothing. */
  readonly likely = new Map<Happening, Happening[]>()
  readonly #direct = new Set<string>()
  readonly #numbers: ReadonlyMap<Happening, number>
  readonly #own = new Map<string, Happening[]>()

  constructor(byStamp: readonly Happening[]) {
    this.#numbers = new Map(byStamp.map((happening, index) => [happening, index]))
    for (const [host, own] of Map.groupBy(byStamp, ({ host }) => host)) this.#own.set(host, own)
    this.#asObserved(byStamp)
    this.#asSent(byStamp)
    for (const own of this.#own.values()) this.#asAnswered(own)
  }

  isSurelyBefore(earlier: Happening, later: Happening): boolean {
    return (
      earlier.latestNs < later.earliestNs ||
      this.#direct.has(this.#key(earlier, later)) ||
      (earlier.kind === later.kind && earlier.host === later.host && earlier.stampNs <= later.stampNs) ||
      // An agent that has heard something does what it does next after that.
      (earlier.kind === 'arrival' && later.kind !== 'departure' && earlier.stampNs <= later.stampNs)
    )
  }

  #lead(cause: Happening, effect: Happening): void {
    if (cause === effect || this.#direct.has(this.#key(cause, effect))) return
    this.#direct.add(this.#key(cause, effect))
    const effects = this.after.get(cause)
    if (effects) effects.push(effect)
    else this.after.set(cause, [effect])
  }

  #suggest(earlier: Happening, later: Happening): void {
    this.likely.set(earlier, [...(this.likely.get(earlier) ?? []), later])
  }

  #key(cause: Happening, effect: Happening): string {
    return `${this.#numbers.get(cause)} ${this.#numbers.get(effect)}`
  }

  /** The wire hears all departures, and a host's agent hears, calls and reads. */
  #asObserved(byStamp: readonly Happening[]): void {
    const chain = (own: readonly Happening[]) => {
      for (const [index, happening] of own.entries()) {
        const before = own[index - 1]
        if (before) this.#lead(before, happening)
      }
    }
    chain(byStamp.filter(happening => happening.kind === 'departure' && isHeardByTap(happening)))
    for (const own of this.#own.values()) {
      const agents = own.filter(({ kind }) => kind !== 'departure')
      for (const kind of ['arrival', 'call', 'table'] as const)
        chain(agents.filter(happening => happening.kind === kind))
      let heard: Happening | undefined
      for (const happening of agents) {
        if (happening.kind === 'arrival') heard = happening
        else if (heard) this.#lead(heard, happening)
      }
    }
  }

  #asSent(byStamp: readonly Happening[]): void {
    const departures = new Map<number, Happening>()
    for (const happening of byStamp) if (happening.kind === 'departure') departures.set(happening.packet.id, happening)
    for (const happening of byStamp) {
      if (happening.kind !== 'arrival') continue
      const departure = departures.get(happening.packet.copyOf ?? happening.packet.id)
      if (departure) this.#lead(departure, happening)
    }
  }

  #asAnswered(own: readonly Happening[]): void {
    const news = newsAmong(own)
    const answers = new Map<Happening, Happening>()
    const last = new Map<string, Kind<'departure'>>()
    for (const [index, departure] of own.entries()) {
      if (departure.kind !== 'departure') continue
      const before = last.get(departure.connection)
      last.set(departure.connection, departure)
      const near = around(own, index).filter(happening => isArrivalOf(departure, happening))
      const cause =
        near.findLast(arrival => news.has(arrival) && provokes(arrival.packet.segment, departure.packet.segment)) ??
        (before && isSaidAgain(before, departure)
          ? near.find(arrival => arrival.stampNs > before.stampNs && !answers.has(arrival))
          : undefined)
      const call = this.#callOf(own, index, departure)
      if (call) this.#lead(call, departure)
      if (!cause) continue
      const answer = answers.get(cause)
      if (!answer) answers.set(cause, departure)
      this.#lead(cause, departure)
      // An answer leaves at once, or nearly: of what came when, as far as stamps can tell, it comes before the next arrival or call.
      const next = around(own, index).find(
        stimulus => isStimulusOf(departure, stimulus) && stimulus.stampNs > cause.stampNs,
      )
      if (next && next !== call && next.latestNs >= departure.earliestNs) this.#suggest(departure, next)
      // Heard only after the call was marked, and yet known to the kernel when it made the call.
      if (call && cause.stampNs > call.stampNs && cause.earliestNs <= call.stampNs) {
        this.#lead(cause, call)
        if (answer) this.#suggest(answer, call)
      }
    }
  }

  /** The latest call that nothing has left for yet. */
  #callOf(own: readonly Happening[], index: number, departure: Kind<'departure'>): Kind<'call'> | null {
    const names = callsFor(departure)
    if (names.length === 0) return null
    for (let at = index - 1; at >= 0; at--) {
      const happening = own[at]
      const isOther = happening?.kind === 'departure' && happening.connection === departure.connection
      if (isOther && callsFor(happening).length > 0) return null
      if (happening?.kind !== 'call' || happening.connection !== departure.connection) continue
      if (names.includes(happening.call.call)) return happening
    }
    return null
  }
}

function isHeardByTap({ packet }: Kind<'departure'>): boolean {
  return packet.departedAt >= 0
}

/** What a program calls for such a segment to leave. */
function callsFor({ packet }: Kind<'departure'>): string[] {
  const { flags, payload } = packet.segment.tcp
  return [
    ...(flags.includes('SYN') && !flags.includes('ACK') ? ['connect'] : []),
    ...(flags.includes('FIN') ? ['end', 'destroy'] : []),
    ...(flags.includes('RST') ? ['reset', 'destroy'] : []),
    ...(payload.length > 0 ? ['write'] : []),
  ]
}

/** Arrivals that are no copy of what had come before. */
function newsAmong(own: readonly Happening[]): Set<Happening> {
  const furthest = new Map<string, number>()
  const news = new Set<Happening>()
  for (const happening of own) {
    if (happening.kind !== 'arrival') continue
    const { connection, packet } = happening
    const end = endOf(packet.segment)
    const before = furthest.get(connection)
    const isFurther = before === undefined || (before - end) >>> 0 >= HALF
    if (isFurther || packet.segment.tcp.flags.includes('RST') || spaceOf(packet.segment) === 0) news.add(happening)
    if (isFurther) furthest.set(connection, end)
  }
  return news
}

/** What is so near in time that stamps may have it in the wrong order. */
function around(own: readonly Happening[], index: number): Happening[] {
  const stampNs = own[index]?.stampNs ?? 0
  let from = index
  while (from > 0 && stampNs - (own[from - 1]?.stampNs ?? 0) < NEAR_NS) from--
  let to = index
  while (to + 1 < own.length && (own[to + 1]?.stampNs ?? 0) - stampNs <= NEAR_NS) to++
  return own.slice(from, to + 1)
}

function isArrivalOf(departure: Kind<'departure'>, happening: Happening): happening is Kind<'arrival'> {
  return (
    happening.kind === 'arrival' &&
    happening.connection === departure.connection &&
    happening.earliestNs <= departure.latestNs
  )
}

function isStimulusOf(departure: Kind<'departure'>, happening: Happening): boolean {
  const { kind } = happening
  return (kind === 'arrival' || kind === 'call') && happening.connection === departure.connection
}

/** Whether a segment says that another one had come before it. */
function provokes(arrived: Segment, sent: Segment): boolean {
  const { flags, seq, ack } = sent.tcp
  const space = spaceOf(arrived)
  const end = (arrived.tcp.seq + space) >>> 0
  // RFC 9293, section 3.10.7.1: a reset takes its number from what it refuses.
  if (flags.includes('RST') && !flags.includes('ACK'))
    return arrived.tcp.flags.includes('ACK') && arrived.tcp.ack === seq
  if (!flags.includes('ACK')) return false
  if (flags.includes('RST')) return ack === end
  return space > 0 && (ack - end) >>> 0 < HALF
}

/** Nobody sends the same bare ACK twice but in answer to something. */
function isSaidAgain({ packet: before }: Kind<'departure'>, { packet: again }: Kind<'departure'>): boolean {
  const [one, other] = [before.segment.tcp, again.segment.tcp]
  return (
    other.flags.join() === 'ACK' &&
    other.payload.length === 0 &&
    endOf(before.segment) === other.seq &&
    one.ack === other.ack &&
    // A SYN's window is not scaled (RFC 7323, section 2.2): it cannot be compared.
    (one.window === other.window || one.flags.includes('SYN'))
  )
}

function endOf(segment: Segment): number {
  return (segment.tcp.seq + spaceOf(segment)) >>> 0
}

export function spaceOf({ tcp: { flags, payload } }: Segment): number {
  return payload.length + (flags.includes('SYN') ? 1 : 0) + (flags.includes('FIN') ? 1 : 0)
}

/** Of the circle of sequence numbers. */
const HALF = 0x80000000
const NEAR_NS = LATEST_NS
