import { fromProc, type TcpState } from '../tcp/states.ts'
import { addressOf, listenerAt, portOf } from './connections.ts'
import type { ConnectionId, Evidence, Instant, StateChange, TimerEvent } from './evidence.ts'
import type { ObservedHost, TableSighting, TracedObservations } from './observations.ts'
import { type Complaint, followPackets, type Packet, type PacketStories } from './packets.ts'
import { type Merged, Timeline } from './timeline.ts'
import { type TimerOwner, Timers } from './timers.ts'
import type { TraceRecord } from './trace-lines.ts'
import { Wildcards } from './wildcards.ts'

/**
 * One timeline from all witnesses. The kernel's trace gives the order and the times: it sees each packet leave and enter
 * a host, each change of a state and each marked call, all in one buffer. The sniffers give what the packets said, the
 * socket tables what the trace has no event for.
 */
export function mergeTraced(observations: TracedObservations): Merged {
  const account = new TraceAccount(observations)
  for (const [index, record] of observations.trace.entries()) {
    if (index >= account.horizon) break
    account.take(record, index)
  }
  return { evidence: account.finish(), packets: account.packets, originNs: account.originNs }
}

type Kind<K extends TraceRecord['kind']> = TraceRecord & { readonly kind: K }

class TraceAccount {
  readonly #observations: TracedObservations
  readonly #stories: PacketStories
  readonly #departures: ReadonlyMap<number, readonly Packet[]>
  readonly #arrivals: ReadonlyMap<number, Packet>
  readonly #complaints: ReadonlyMap<number, Complaint>
  readonly #timeline: Timeline
  readonly #timers = new Timers()
  readonly #wildcards = new Wildcards()
  /** By task: a connection that has just been opened, from a port not yet known. */
  readonly #opening = new Map<string, Instant & { readonly host: string; readonly remote: string }>()
  readonly #tables: { host: ObservedHost; table: TableSighting }[]
  #overrun = 0

  constructor(observations: TracedObservations) {
    this.#observations = observations
    this.#stories = followPackets(observations)
    const { packets } = this.#stories
    this.#departures = Map.groupBy(packets, ({ departedAt }) => departedAt)
    this.#arrivals = new Map(packets.flatMap(packet => (packet.arrival ? [[packet.arrival.at, packet]] : [])))
    this.#complaints = new Map(this.#stories.complaints.map(complaint => [complaint.at, complaint]))
    this.#tables = observations.hosts
      .flatMap(host => host.tables.map(table => ({ host, table })))
      .sort((a, b) => a.table.tNs - b.table.tNs)
    // The lab's clock begins when the first segment leaves, by the kernel's clock.
    const first = Math.min(...packets.map(({ departedAt }) => departedAt))
    this.#timeline = new Timeline(observations, packets, observations.trace[first]?.tNs)
  }

  get horizon(): number {
    return this.#stories.horizon
  }

  get packets(): readonly Packet[] {
    return this.#stories.packets
  }

  get originNs(): number {
    return this.#timeline.originNs
  }

  take(record: TraceRecord, index: number): void {
    this.#readTablesBefore(record.tNs)
    if (record.kind === 'sent') this.#departed(record, this.#departures.get(index) ?? [])
    else if (record.kind === 'received' && this.#complaints.has(index))
      this.#complained(record, this.#complaints.get(index))
    else if (record.kind === 'received') this.#arrived(record, this.#arrivals.get(index))
    else if (record.kind === 'state') this.#changed(record)
    else if (record.kind === 'timer-started') this.#timerStarted(record)
    else if (record.kind === 'timer-expired') this.#timerExpired(record)
    else if (record.kind === 'call') this.#called(record)
    else if (record.kind === 'freed') this.#freed(record)
    else if (record.kind === 'overrun') this.#overrun += record.events
  }

  finish(): Evidence {
    this.#readTablesBefore(this.#observations.trace[this.horizon]?.tNs ?? Number.POSITIVE_INFINITY)
    const overrun = this.#overrun > 0 ? [`The kernel's trace had no room for ${this.#overrun} events.`] : []
    return this.#timeline.finish([...overrun, ...this.#stories.unexplained], null)
  }

  #departed(record: Kind<'sent'>, packets: readonly Packet[]): void {
    for (const packet of packets) {
      const connection = this.#timeline.nameAfter(packet.segment)
      const owner = this.#timers.actedIn(record)
      if (owner) this.#acted(owner, packet.from, connection)
      this.#opened(record.by, packet, connection)
      this.#timeline.departed(packet, this.#instant(record.tNs))
    }
    this.#timers.otherwise(record)
  }

  #opened(by: string, { from, segment }: Packet, connection: ConnectionId): void {
    const opening = this.#opening.get(by)
    if (opening?.host !== from || opening.remote !== `${segment.ip.destination}:${segment.tcp.destinationPort}`) return
    this.#opening.delete(by)
    // Of an earlier connection's TIME_WAIT on the port that is chosen the end has been seen by now.
    const { n } = this.#instant(0)
    const { tMs } = opening
    this.#timeline.changed({ n, tMs, host: from, connection, from: 'CLOSED', to: 'SYN_SENT', witness: 'tracepoint' })
  }

  #arrived(record: Kind<'received'>, packet: Packet | undefined): void {
    this.#timers.goesOn(record)
    const seen = packet && this.#timeline.arrived(packet, () => this.#instant(record.tNs))
    if (!seen || !packet.arrival) return
    this.#timers.arrived(record, packet.arrival.host, seen)
  }

  #complained(record: Kind<'received'>, complaint: Complaint | undefined): void {
    this.#timers.goesOn(record)
    if (complaint?.type !== UNREACHABLE) return
    const { host, about, code } = complaint
    const connection = this.#timeline.nameAfter(about.segment)
    const at = this.#instant(record.tNs)
    this.#timeline.complained({ ...at, host, connection, about: about.id, type: 'unreachable', code })
  }

  #changed(record: Kind<'state'>): void {
    if (portOf(record.remote) === '0' && record.to === 'SYN_RCVD') {
      this.#childIsBorn(record)
      return
    }
    if (addressOf(record.local) === ANYWHERE && portOf(record.remote) === '0') {
      this.#listensAnywhere(record)
      return
    }
    const host = this.#timeline.hostAt(addressOf(record.local))
    if (!host) {
      this.#timers.otherwise(record)
      return
    }
    if (portOf(record.remote) === '0') {
      this.#state(record.tNs, host.name, listenerAt(record.local), record.from, record.to)
      return
    }
    if (portOf(record.local) === '0') {
      // connect(2) chooses a port only after it has changed the state (tcp_v4_connect): the SYN tells which.
      this.#opening.set(record.by, { ...this.#instant(record.tNs), host: host.name, remote: record.remote })
      return
    }
    const connection = this.#timeline.connections.between(record.local, record.remote)
    const expired = this.#timers.actedIn(record)
    if (expired) this.#acted(expired, host.name, connection)
    if (record.from === 'CLOSED') this.#giveWay(record.tNs, host.name, connection)
    if (record.from === 'SYN_RCVD') this.#timers.grown(host.name, connection)
    const remains = record.to === 'CLOSED' ? this.#timers.remainsAs(record, host.name, connection) : null
    if (remains) this.#timer(remains.started, remains.owner, 'started')
    this.#state(record.tNs, host.name, connection, record.from, remains?.owner.state ?? record.to)
  }

  /**
   * A listener's child is born as the listener's own change to SYN_RECV: at the last ACK, long after the request that is
   * in that state, or, where the SYN has brought data (RFC 7413), with that.
   */
  #childIsBorn({ tNs, by, from, to }: Kind<'state'>): void {
    const parent = this.#timers.opening(by)
    if (parent) this.#state(tNs, parent.host, parent.segment.connection, from, to)
  }

  #listensAnywhere({ tNs, local, from, to }: Kind<'state'>): void {
    const change = { ...this.#instant(tNs), from, to }
    const host = this.#wildcards.changed(portOf(local), change)
    if (host !== null) this.#timeline.changed({ ...change, host, connection: listenerAt(local), witness: 'tracepoint' })
  }

  #timerStarted(record: Kind<'timer-started'>): void {
    const { owner, was } = this.#timers.started(record)
    if (!owner) return
    if (was === 'LISTEN') this.#giveWay(record.tNs, owner.host, owner.connection)
    this.#timer(record, owner, 'started')
    this.#state(record.tNs, owner.host, owner.connection, was, owner.state, 'timer')
  }

  #timerExpired(record: Kind<'timer-expired'>): void {
    const owner = this.#timers.expired(record)
    if (!owner) return
    this.#timer(record, owner, 'expired')
    if (owner.role === 'timewait') this.#state(record.tNs, owner.host, owner.connection, owner.state, 'CLOSED', 'timer')
  }

  #giveWay(tNs: number, host: string, connection: ConnectionId): void {
    const before = this.#timers.givesWay(host, connection)
    if (before) this.#state(tNs, host, connection, before.state, 'CLOSED')
  }

  #freed(record: Kind<'freed'>): void {
    const owner = this.#timers.freed(record)
    if (owner) this.#state(record.tNs, owner.host, owner.connection, owner.state, 'CLOSED')
  }

  /** A timer that carries no ports is known by what it does: it comes before it. */
  #acted(record: Kind<'timer-expired'>, host: string, connection: ConnectionId): void {
    this.#timer(record, { host, connection }, 'expired')
  }

  #called(record: Kind<'call'>): void {
    this.#timers.otherwise(record)
    const host = this.#observations.hosts.find(({ name }) => name === record.host)
    const call = host?.calls.find(({ ordinal }) => ordinal === record.ordinal)
    if (host && call) this.#timeline.called(host.name, call, this.#instant(record.tNs))
  }

  /**
   * A reading shows what all events up to its time have led to: it comes just before the first later one. What the trace
   * says of the same microsecond came before it.
   */
  #readTablesBefore(tNs: number): void {
    for (let next = this.#tables[0]; next && toMicroseconds(next.table.tNs) < tNs; next = this.#tables[0]) {
      this.#tables.shift()
      this.#readTable(next.host, next.table)
    }
  }

  #readTable(host: ObservedHost, table: TableSighting): void {
    for (const line of table.lines) {
      const state = fromProc(line.state)
      if (!state) continue
      const listening = portOf(line.remote) === '0'
      const connection = this.#timeline.nameOf(line)
      const tNs = toMicroseconds(table.tNs)
      const began =
        listening && addressOf(line.local) === ANYWHERE ? this.#wildcards.shown(portOf(line.local), host.name) : null
      if (began) this.#timeline.changed({ ...began, host: host.name, connection, witness: 'tracepoint' })
      // A restart that leaves the timer in its bucket of the wheel is not traced (mod_timer, kernel/time/timer.c).
      if (state === 'TIME_WAIT' && this.#timers.isFound(host.name, connection))
        this.#state(tNs, host.name, connection, 'FIN_WAIT_2', state, 'table')
      const doubt = table.tookNs > 0 ? { uncertainMs: table.tookNs / 1e6 } : {}
      this.#timeline.read(host.name, line, () => this.#timeline.instant(tNs, doubt))
    }
  }

  #state(
    tNs: number,
    host: string,
    connection: ConnectionId,
    from: TcpState,
    to: TcpState,
    witness: StateChange['witness'] = 'tracepoint',
  ): void {
    if (from === to) return
    this.#timeline.changed({ ...this.#instant(tNs), host, connection, from, to, witness })
  }

  #timer(
    { tNs, role, tick }: Kind<'timer-started'> | Kind<'timer-expired'>,
    { host, connection, state }: Pick<TimerOwner, 'host' | 'connection'> & { readonly state?: TcpState },
    event: TimerEvent['event'],
  ): void {
    const timer = state === 'FIN_WAIT_2' ? 'orphan' : role
    this.#timeline.timer({ ...this.#instant(tNs), host, connection, timer, event, tick })
  }

  #instant(tNs: number): Instant {
    return this.#timeline.instant(tNs)
  }
}

const ANYWHERE = '0.0.0.0'
/** RFC 792. */
const UNREACHABLE = 3

/** The trace's own stamps are rounded so (ns2usecs, kernel/trace/trace.c): all stamps must be, to be compared. */
function toMicroseconds(tNs: number): number {
  return Math.round(tNs / 1000) * 1000
}
