import type { Flag } from '../tcp/segment.ts'
import type { SocketCallName } from '../tcp/transition.ts'
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
  /** Absent where there were none. */
  readonly complaints?: readonly IcmpComplaint[]
  /** Differences over the run, by host: how much each kernel says it sent and received. */
  readonly counters: Readonly<Record<string, HostCounters>>
  /** What has moved of the wire's own, likewise; absent until they have been read. */
  readonly wireCounters?: HostCounters
  /** Segments that a sniffer's own socket had no room for. */
  readonly captureDrops: number
  /** On the lab's clock, how far the kernel's trace had been read when this was made. */
  readonly untilMs?: number
  /**
   * Where states are known from socket tables alone: when nobody looked. What hangs on that is undecided, all else is not.
   * Absent where the kernel's trace has told of every change, and of timers.
   */
  readonly unseen?: readonly Unseen[]
  /** Within so much of each other programs of two hosts act at once, where it takes longer than a millisecond to tell them to. */
  readonly atOnceMs?: number
  /** Whatever the witnesses are known to have missed, in sentences. Evidence with gaps decides nothing. */
  readonly gaps: readonly string[]
}

/** A place in the run's one order (`n` grows by causality) and on the lab's clock. */
export interface Instant {
  readonly n: number
  readonly tMs: number
  /** How far the stamp may be off, where a user-space clock made it; absent where the clock is exact. */
  readonly uncertainMs?: number
  /**
   * Of what its host did and heard of connections, all up to this place came before it; what is between is in doubt. Absent
   * where all did.
   */
  readonly sureN?: number
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
  /** For a copy that the wire has made: the segment that it is one of. It left its host only once. */
  readonly copyOf?: number
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
  /**
   * From a table, the place of what has brought it about; null where nothing that was told has: a timer, or a program of its
   * own. Absent where the trace has it at its own place.
   */
  readonly cause?: number | null
}

/** A stretch in which a host may have changed its state for a connection, and its socket table was not read. */
export interface Unseen {
  readonly host: string
  readonly connection: ConnectionId
  /** The state that was seen before, and what may have brought another about. */
  readonly from: TcpState
  readonly since: Instant
  /** The state that was seen next, and from where on; null where nobody looked again. */
  readonly to: TcpState | null
  readonly until: Instant | null
  /** Whatever it may have come into meanwhile, `to` included. */
  readonly through: readonly TcpState[]
}

export interface SocketCall extends Instant {
  readonly host: string
  /** Null where the call has no connection yet (listen). */
  readonly connection: ConnectionId | null
  readonly call: SocketCallName
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

/** A kernel timer that stands for a state, or one by which the kernel acted: what came of nothing is not told. */
export interface TimerEvent extends Instant {
  readonly host: string
  readonly connection: ConnectionId
  readonly timer: 'request' | 'timewait' | 'orphan' | 'retransmit' | 'keepalive' | 'delayed-ack'
  readonly event: 'started' | 'expired'
  /** In the kernel's own ticks: for a start the one at which it will run the timer, for an expiry the one at which it did. */
  readonly tick: number
}

/** A packet of ICMP that came to a host: a segment of its own could not be delivered (RFC 792, type 3). */
export interface IcmpComplaint extends Instant {
  readonly host: string
  readonly connection: ConnectionId
  /** The number of the segment. */
  readonly about: number
  readonly type: 'unreachable'
  readonly code: number
}

export interface HostCounters {
  /** TCP segments that left by the host's interface: whatever its device counts as sent, less what ICMP does. */
  readonly left: number
  readonly outSegs: number
  readonly retransSegs: number
  readonly inSegs: number
  readonly outRsts: number
  /** Those of Linux's own counters that moved, by their names in /proc/net/netstat or /proc/net/stat/synproxy: what is not there is 0. */
  readonly tcpExt: Readonly<Record<string, number>>
}
