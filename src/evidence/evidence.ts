import type { Flag } from '../tcp/segment.ts'
import type { TcpState } from '../tcp/states.ts'

/**
 * What the witnesses of one run saw, in one order. This is at once what the pure functions ask, what the run document
 * prints and what a test records: plain data, so that JSON carries all of it.
 */
export interface Evidence {
  /** The lab's hosts: name to address. */
  readonly hosts: Readonly<Record<string, string>>
  readonly segments: readonly SeenSegment[]
  readonly states: readonly StateChange[]
  readonly calls: readonly SocketCall[]
  readonly readings: readonly TableReading[]
  readonly timers: readonly TimerEvent[]
  /** Differences over the run, by host: how much each kernel says it sent and received. */
  readonly counters: Readonly<Record<string, HostCounters>>
  /** Segments that a sniffer's own socket had no room for. */
  readonly captureDrops: number
  /** Whatever the witnesses are known to have missed, in sentences. Evidence with gaps decides nothing. */
  readonly gaps: readonly string[]
}

/** A place in the run's one order (`n` grows by causality) and on the lab's clock. */
export interface Instant {
  readonly n: number
  readonly tMs: number
  /** How far the stamp may be off, where a user-space clock made it; absent where the clock is exact. */
  readonly uncertainMs?: number
}

export interface SeenSegment {
  readonly id: number
  readonly from: string
  readonly to: string
  readonly connection: ConnectionId
  readonly flags: readonly Flag[]
  readonly seq: number
  /** What the acknowledgement field says; null unless the ACK flag is set. */
  readonly ack: number | null
  /** Bytes of payload. */
  readonly length: number
  readonly window: number
  readonly departed: Instant
  readonly arrived: Instant | null
  /** The known death of a segment that did not arrive. */
  readonly lost: { readonly by: string } | null
}

/** Both ends of a connection, `198.18.0.1:40000-198.18.0.2:5000`, the client (who sent the first SYN) first. */
export type ConnectionId = string

export interface StateChange extends Instant {
  readonly host: string
  /** For a listening socket `198.18.0.2:5000-*`. */
  readonly connection: ConnectionId
  readonly from: TcpState
  readonly to: TcpState
  readonly witness: 'tracepoint' | 'timer' | 'table'
}

export interface SocketCall extends Instant {
  readonly host: string
  /** Null where the call has no connection yet (listen). */
  readonly connection: ConnectionId | null
  readonly call: 'listen' | 'connect' | 'accept' | 'write' | 'end' | 'destroy' | 'reset' | 'unlisten'
}

/** One line of a host's socket table, read when something happened there. */
export interface TableReading extends Instant {
  readonly host: string
  readonly connection: ConnectionId
  readonly state: TcpState
  /** The timer that the line shows, and what it has left. */
  readonly timer: 'none' | 'retransmit' | 'keepalive' | 'timewait' | 'probe'
  readonly remainingMs: number
}

/** A kernel timer that stands for a state: a request socket's or TIME_WAIT's. */
export interface TimerEvent extends Instant {
  readonly host: string
  readonly connection: ConnectionId
  readonly timer: 'request' | 'timewait'
  readonly event: 'started' | 'expired'
  /** In the kernel's own ticks: for a start the one at which it will run the timer, for an expiry the one at which it did. */
  readonly tick: number
}

export interface HostCounters {
  /** TCP segments that left by the host's interface: whatever its device counts as sent, less what ICMP does. */
  readonly left: number
  readonly outSegs: number
  readonly retransSegs: number
  readonly inSegs: number
  readonly outRsts: number
}
