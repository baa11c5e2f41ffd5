import type { Segment } from '../tcp/segment.ts'
import { fromProc, type TcpState } from '../tcp/states.ts'
import { addressOf, Connections, endsOf, listenerAt, portOf } from './connections.ts'
import type {
  ConnectionId,
  Evidence,
  Instant,
  SeenSegment,
  SocketCall,
  StateChange,
  TableReading,
  TimerEvent,
} from './evidence.ts'
import { findGaps } from './gaps.ts'
import { HostCursor, toMicroseconds } from './host-cursor.ts'
import type { Observations, TableSighting } from './observations.ts'
import type { TraceRecord } from './trace-lines.ts'

/**
 * One timeline from all witnesses. The kernel's trace gives the order and the times: it sees each packet leave and enter
 * a host, each change of a state and each marked call, all in one buffer. The sniffers give what the packets said, the
 * socket tables what the trace has no event for.
 */
export function mergeEvidence(observations: Observations): Evidence {
  const timeline = new Timeline(observations)
  for (const record of observations.trace) timeline.take(record)
  return timeline.finish()
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }
type Kind<K extends TraceRecord['kind']> = TraceRecord & { readonly kind: K }

class Timeline {
  readonly #observations: Observations
  readonly #hosts: HostCursor[]
  readonly #connections = new Connections()
  readonly #segments: Draft<SeenSegment>[] = []
  readonly #states: StateChange[] = []
  readonly #calls: SocketCall[] = []
  readonly #readings: TableReading[] = []
  readonly #timers: TimerEvent[] = []
  /** Segments on their way, by the kernel's own address of the packet. */
  readonly #inFlight = new Map<string, Draft<SeenSegment>>()
  /** TIME_WAIT's and request sockets' timers, which carry no ports, by their address. */
  readonly #timerOwners = new Map<string, TimerOwner>()
  #unownedTimer: Kind<'timer-started'> | null = null
  #expiredRequest: string | null = null
  #lastArrival: { host: HostCursor; segment: SeenSegment } | null = null
  #originNs: number | null = null
  #overrun = 0
  #n = 0

  constructor(observations: Observations) {
    this.#observations = observations
    this.#hosts = observations.hosts.map(host => new HostCursor(host))
    for (const host of observations.hosts)
      for (const { segment } of host.departures) if (isOpening(segment)) this.#nameAfter(segment)
    const first = observations.hosts.flatMap(host => host.departures.slice(0, 1).map(({ tNs }) => tNs))
    // Until the trace shows when the first segment left, its sighting is the best guess at the lab's zero.
    if (first.length > 0) this.#originNs = this.#zero(Math.min(...first))
  }

  take(record: TraceRecord): void {
    this.#readTablesBefore(record.tNs)
    this.#settleExpiredRequest(record)
    if (record.kind === 'sent') this.#departed(record)
    else if (record.kind === 'received') this.#arrived(record)
    else if (record.kind === 'dropped') this.#dropped(record)
    else if (record.kind === 'state') this.#changed(record)
    else if (record.kind === 'timer-started') this.#timerStarted(record)
    else if (record.kind === 'timer-expired') this.#timerExpired(record)
    else if (record.kind === 'call') this.#called(record)
    else this.#overrun += record.events
  }

  finish(): Evidence {
    this.#readTablesBefore(Number.POSITIVE_INFINITY)
    const { hosts, drops } = this.#observations
    const evidence: Evidence = {
      hosts: Object.fromEntries(hosts.map(host => [host.name, host.address])),
      segments: this.#segments,
      states: this.#states,
      calls: this.#calls,
      readings: this.#readings,
      timers: this.#timers,
      counters: Object.fromEntries(hosts.flatMap(host => (host.counters ? [[host.name, host.counters]] : []))),
      captureDrops: drops,
      gaps: [],
    }
    const overrun = this.#overrun > 0 ? [`The kernel's trace had no room for ${this.#overrun} events.`] : []
    return { ...evidence, gaps: findGaps(evidence, [...overrun, ...this.#hosts.flatMap(host => host.unexplained())]) }
  }

  #departed(record: Kind<'sent'>): void {
    const host = this.#hosts.find(({ device }) => device === record.device)
    const segment = host?.nextDeparture(record.length)
    if (!host || !segment) return
    const to = this.#hosts.find(({ address }) => address === segment.ip.destination)
    const seen: Draft<SeenSegment> = {
      id: this.#segments.length,
      from: host.name,
      to: to?.name ?? segment.ip.destination,
      connection: this.#nameAfter(segment),
      flags: segment.tcp.flags,
      seq: segment.tcp.seq,
      ack: segment.tcp.flags.includes('ACK') ? segment.tcp.ack : null,
      length: segment.tcp.payload.length,
      window: segment.tcp.window,
      departed: this.#instant(record.tNs),
      arrived: null,
      lost: null,
    }
    this.#segments.push(seen)
    this.#inFlight.set(record.skb, seen)
  }

  #arrived(record: Kind<'received'>): void {
    const host = this.#hosts.find(({ device }) => device === record.device)
    if (!host) return
    const seen = this.#inFlight.get(record.skb)
    if (!seen || seen.to !== host.name) return
    this.#inFlight.delete(record.skb)
    if (!host.nextArrival(seen)) return
    seen.arrived = this.#instant(record.tNs)
    this.#lastArrival = { host, segment: seen }
  }

  #dropped(record: Kind<'dropped'>): void {
    const seen = this.#inFlight.get(record.skb)
    if (!seen) return
    this.#inFlight.delete(record.skb)
    seen.lost = { by: record.reason }
  }

  #changed(record: Kind<'state'>): void {
    const host = this.#hosts.find(({ address }) => address === addressOf(record.local))
    if (!host) return
    if (portOf(record.remote) === '0') {
      // A listener's child is born as the listener's own change to SYN_RECV: at the last ACK, long after the request.
      if (record.to !== 'SYN_RCVD') this.#state(record.tNs, host, listenerAt(record.local), record.from, record.to)
      return
    }
    const connection = this.#connections.between(record.local, record.remote)
    const becomes = record.to === 'CLOSED' ? this.#remainsAs(record, host, connection) : record.to
    this.#state(record.tNs, host, connection, record.from, becomes)
  }

  /**
   * A socket that goes to CLOSED just after a TIME_WAIT timer was started lives on without a socket: in TIME_WAIT, or,
   * if its program let go of it before the other side's FIN, still in FIN_WAIT_2 (tcp_time_wait, net/ipv4/tcp_minisocks.c).
   */
  #remainsAs(record: Kind<'state'>, host: HostCursor, connection: ConnectionId): TcpState {
    const timer = this.#unownedTimer
    if (timer?.tNs !== record.tNs) return 'CLOSED'
    this.#unownedTimer = null
    const arrival = this.#lastArrival
    const finArrived =
      arrival?.host === host && arrival.segment.connection === connection && arrival.segment.flags.includes('FIN')
    const state = finArrived || record.from !== 'FIN_WAIT_2' ? 'TIME_WAIT' : 'FIN_WAIT_2'
    this.#timerOwners.set(timer.timer, { host, connection, role: 'timewait', state })
    this.#timer(timer, { host, connection }, 'started')
    return state
  }

  #timerStarted(record: Kind<'timer-started'>): void {
    const owner = this.#timerOwners.get(record.timer)
    if (owner) {
      this.#timer(record, owner, 'started')
      if (this.#expiredRequest === record.timer) this.#expiredRequest = null
      return
    }
    if (record.role === 'timewait') {
      this.#unownedTimer = record
      return
    }
    if (!this.#lastArrival) return
    const { host, segment } = this.#lastArrival
    const request = { host, connection: segment.connection, role: 'request', state: 'SYN_RCVD' } as const
    this.#timerOwners.set(record.timer, request)
    this.#timer(record, request, 'started')
    this.#state(record.tNs, host, segment.connection, 'LISTEN', 'SYN_RCVD', 'timer')
  }

  #timerExpired(record: Kind<'timer-expired'>): void {
    const owner = this.#timerOwners.get(record.timer)
    if (!owner) return
    this.#timer(record, owner, 'expired')
    if (owner.role === 'request') {
      this.#expiredRequest = record.timer
      return
    }
    this.#timerOwners.delete(record.timer)
    this.#state(record.tNs, owner.host, owner.connection, owner.state, 'CLOSED', 'timer')
  }

  /** A request's timer that is not started again in the same instant was its last: the request is gone. */
  #settleExpiredRequest(record: TraceRecord): void {
    if (this.#expiredRequest === null || (record.kind === 'timer-started' && record.timer === this.#expiredRequest))
      return
    const expired = this.#timers.findLast(timer => timer.timer === 'request' && timer.event === 'expired')
    if (expired && record.tNs <= this.#nsOf(expired.tMs)) return
    const owner = this.#timerOwners.get(this.#expiredRequest)
    this.#timerOwners.delete(this.#expiredRequest)
    this.#expiredRequest = null
    if (owner && expired)
      this.#state(this.#nsOf(expired.tMs), owner.host, owner.connection, 'SYN_RCVD', 'CLOSED', 'timer')
  }

  #called(record: Kind<'call'>): void {
    const host = this.#hosts.find(({ name }) => name === record.host)
    const call = host?.calls.find(({ ordinal }) => ordinal === record.ordinal)
    if (!host || !call) return
    const connection = call.connection === null ? null : this.#connections.between(...endsOf(call.connection))
    this.#calls.push({ ...this.#instant(record.tNs), host: host.name, connection, call: call.call })
  }

  /** A reading shows what all events up to its time have led to: it comes just before the first later one. */
  #readTablesBefore(tNs: number): void {
    for (const host of this.#hosts) for (const table of host.tablesBefore(tNs)) this.#readTable(host, table)
  }

  #readTable(host: HostCursor, table: TableSighting): void {
    for (const line of table.lines) {
      const state = fromProc(line.state)
      if (!state) continue
      const listening = portOf(line.remote) === '0'
      this.#readings.push({
        ...this.#instant(toMicroseconds(table.tNs)),
        host: host.name,
        connection: listening ? listenerAt(line.local) : this.#connections.between(line.local, line.remote),
        state,
        timer: TABLE_TIMERS[line.timer] ?? 'none',
        remainingMs: line.remainingMs,
      })
    }
  }

  #state(
    tNs: number,
    host: HostCursor,
    connection: ConnectionId,
    from: TcpState,
    to: TcpState,
    witness: StateChange['witness'] = 'tracepoint',
  ): void {
    if (from === to) return
    this.#states.push({ ...this.#instant(tNs), host: host.name, connection, from, to, witness })
  }

  #timer(
    record: Kind<'timer-started'> | Kind<'timer-expired'>,
    { host, connection }: Pick<TimerOwner, 'host' | 'connection'>,
    event: TimerEvent['event'],
  ): void {
    this.#timers.push({
      ...this.#instant(record.tNs),
      host: host.name,
      connection,
      timer: record.role,
      event,
      tick: record.tick,
    })
  }

  #nameAfter({ ip, tcp }: Segment): ConnectionId {
    return this.#connections.between(`${ip.source}:${tcp.sourcePort}`, `${ip.destination}:${tcp.destinationPort}`)
  }

  #instant(tNs: number): Instant {
    return { n: this.#n++, tMs: (tNs - (this.#originNs ?? tNs)) / 1e6 }
  }

  #nsOf(tMs: number): number {
    return Math.round(tMs * 1e6 + (this.#originNs ?? 0))
  }

  /** The lab's clock begins when the first segment leaves, by the kernel's clock. */
  #zero(firstSightingNs: number): number {
    const devices = new Set(this.#hosts.map(({ device }) => device))
    const sent = this.#observations.trace.find(record => record.kind === 'sent' && devices.has(record.device))
    return sent?.tNs ?? firstSightingNs
  }
}

interface TimerOwner {
  readonly host: HostCursor
  readonly connection: ConnectionId
  readonly role: TimerEvent['timer']
  readonly state: TcpState
}

const TABLE_TIMERS: readonly TableReading['timer'][] = ['none', 'retransmit', 'keepalive', 'timewait', 'probe']

function isOpening({ tcp }: Segment): boolean {
  return tcp.flags.includes('SYN') && !tcp.flags.includes('ACK')
}
