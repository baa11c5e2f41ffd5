import type { Segment } from '../tcp/segment.ts'
import { fromProc } from '../tcp/states.ts'
import { Connections, endsOf, listenerAt, portOf } from './connections.ts'
import type {
  ConnectionId,
  Evidence,
  IcmpComplaint,
  Instant,
  SeenSegment,
  SocketCall,
  StateChange,
  TableReading,
  TimerEvent,
  Unseen,
} from './evidence.ts'
import { findGaps } from './gaps.ts'
import type { CallSighting, ObservedHost, Observations, TableLine } from './observations.ts'
import type { Packet } from './packets.ts'

export interface Merged {
  readonly evidence: Evidence
  /** By the segment's number. */
  readonly packets: readonly Packet[]
  /** The lab's zero on the clock of the sightings. */
  readonly originNs: number
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** How sure a place and a stamp are; absent where they are exact. */
type Doubt = Pick<Instant, 'uncertainMs' | 'sureN'>

/** The one order: whatever happened is told to it in that order, by whoever finds it out, and becomes evidence. */
export class Timeline {
  readonly connections = new Connections()
  readonly #observations: Observations
  #originNs: number | null
  readonly #segments = new Map<number, Draft<SeenSegment>>()
  readonly #states: StateChange[] = []
  readonly #calls: SocketCall[] = []
  readonly #readings: TableReading[] = []
  readonly #timerEvents: TimerEvent[] = []
  readonly #complaints: IcmpComplaint[] = []
  #n = 0

  constructor(observations: Observations, packets: readonly Packet[], originNs: number | null = null) {
    this.#observations = observations
    this.#originNs = originNs
    for (const { segment } of packets) if (isOpening(segment)) this.nameAfter(segment)
  }

  /** The lab's zero. */
  beginAt(originNs: number): void {
    this.#originNs = originNs
  }

  get originNs(): number {
    return this.#originNs ?? 0
  }

  /** The next place in the order. */
  instant(tNs: number, doubt: Doubt = {}): Instant {
    return { n: this.#n++, tMs: (tNs - (this.#originNs ?? tNs)) / 1e6, ...doubt }
  }

  get hosts(): readonly ObservedHost[] {
    return this.#observations.hosts
  }

  hostAt(address: string): ObservedHost | undefined {
    return this.#observations.hosts.find(host => host.address === address)
  }

  nameAfter({ ip, tcp }: Segment): ConnectionId {
    return this.connections.between(`${ip.source}:${tcp.sourcePort}`, `${ip.destination}:${tcp.destinationPort}`)
  }

  /** Of a line of a socket table. */
  nameOf({ local, remote }: Pick<TableLine, 'local' | 'remote'>): ConnectionId {
    return portOf(remote) === '0' ? listenerAt(local) : this.connections.between(local, remote)
  }

  departed({ id, from, segment, lost, copyOf }: Packet, departed: Instant): void {
    const { ip, tcp } = segment
    this.#segments.set(id, {
      id,
      from,
      to: this.hostAt(ip.destination)?.name ?? ip.destination,
      connection: this.nameAfter(segment),
      flags: tcp.flags,
      seq: tcp.seq,
      ack: tcp.flags.includes('ACK') ? tcp.ack : null,
      length: tcp.payload.length,
      window: tcp.window,
      departed,
      arrived: null,
      lost,
      ...(copyOf === null ? {} : { copyOf }),
    })
  }

  arrived({ id, arrival }: Packet, place: () => Instant): SeenSegment | null {
    const seen = this.#segments.get(id)
    if (!seen || !arrival) return null
    seen.arrived = place()
    return seen
  }

  changed(change: StateChange): void {
    if (change.from !== change.to) this.#states.push(change)
  }

  called(host: string, { call, connection }: CallSighting, at: Instant): void {
    const name = connection === null ? null : this.connections.between(...endsOf(connection))
    this.#calls.push({ ...at, host, connection: name, call })
  }

  read(host: string, line: TableLine, place: () => Instant): void {
    const state = fromProc(line.state)
    if (!state) return
    const timer = TABLE_TIMERS[line.timer] ?? 'none'
    const connection = this.nameOf(line)
    this.#readings.push({ ...place(), host, connection, state, timer, remainingMs: line.remainingMs })
  }

  timer(event: TimerEvent): void {
    this.#timerEvents.push(event)
  }

  complained(complaint: IcmpComplaint): void {
    this.#complaints.push(complaint)
  }

  /** `unseen` where nothing but tables told of states. */
  finish(gaps: readonly string[], unseen: readonly Unseen[] | null): Evidence {
    const { hosts, wire, drops, untilNs, atOnceMs } = this.#observations
    const evidence: Evidence = {
      hosts: Object.fromEntries(hosts.map(host => [host.name, host.address])),
      segments: [...this.#segments.values()],
      states: this.#states.toSorted((a, b) => a.n - b.n),
      calls: this.#calls,
      readings: this.#readings,
      timers: this.#timerEvents,
      ...(this.#complaints.length > 0 ? { complaints: this.#complaints } : {}),
      counters: Object.fromEntries(hosts.flatMap(host => (host.counters ? [[host.name, host.counters]] : []))),
      ...(wire.counters ? { wireCounters: wire.counters } : {}),
      captureDrops: drops,
      untilMs: (untilNs - (this.#originNs ?? untilNs)) / 1e6,
      ...(unseen === null ? {} : { unseen }),
      ...(atOnceMs === undefined ? {} : { atOnceMs }),
      gaps: [],
    }
    return { ...evidence, gaps: findGaps(evidence, gaps) }
  }
}

/** By the number that a socket table has for each. */
export const TABLE_TIMERS: readonly TableReading['timer'][] = ['none', 'retransmit', 'keepalive', 'timewait', 'probe']

function isOpening({ tcp }: Segment): boolean {
  return tcp.flags.includes('SYN') && !tcp.flags.includes('ACK')
}
