import type { Flag } from './segment.ts'
import type { TcpState } from './states.ts'

/** What programs ask of sockets. */
export type SocketCallName = 'listen' | 'connect' | 'accept' | 'write' | 'end' | 'destroy' | 'reset' | 'unlisten'

/** One edge of the state machine, as an endpoint goes through it. */
export interface Transition {
  /** `E01` to `E73`: the name in labs and in the coverage report. */
  readonly id: `E${number}`
  /** HALF_OPEN is ESTABLISHED on one side, with a peer that has forgotten the connection (RFC 9293, section 3.5.1). */
  readonly from: readonly TcpState[] | 'ANY' | 'HALF_OPEN'
  readonly event: TransitionEvent
  readonly to: TcpState | 'same'
  /** Flags on the segment that goes out because of the event; it may have more. Empty: nothing goes out. */
  readonly sends: readonly Flag[]
  /** Where the outcome hangs on a detail of the event: every case, the first one agreeing with `to` and `sends`. */
  readonly cases?: readonly TransitionCase[]
  /**
   * How a lab provokes it, in words and in letters. N: a delay, so that both sides act within one trip. D: segments
   * dropped on the wire. H: one held back and let go later. P: a segment made by hand. S: a timer shortened by a sysctl.
   * K: a socket killed without a word. B: a program that does not read, or does not close.
   */
  readonly how: string
  /** The section of RFC 9293 that rules it; null where none does, and then the note says what does. */
  readonly rfc: string | null
  /** Tried on Linux 6.12 and 6.18; `impossible` where Linux has no such event. */
  readonly linux: 'follows' | 'deviates' | 'untried' | 'impossible'
  /** The states that Linux goes through instead, the last one its own state after: where it deviates, and only there. */
  readonly linuxTo?: readonly TcpState[]
  /** What Linux sends instead, where that differs. */
  readonly linuxSends?: readonly Flag[]
  readonly note?: string
}

interface TransitionCase {
  readonly seq: SeqCondition
  readonly to: TcpState
  readonly sends: readonly Flag[]
}

/** `text` is the event's sentence as people read it; the rest is what evidence can decide. */
type TransitionEvent = SegmentEvent | CallEvent | TimeoutEvent | IcmpEvent | LimitEvent

/** A segment of the connection arrives. */
export interface SegmentEvent {
  readonly kind: 'segment'
  readonly text: string
  readonly has: readonly Flag[]
  readonly lacks: readonly Flag[]
  readonly data?: 'some' | 'none'
  readonly seq?: SeqCondition
  readonly ack?: AckCondition
  readonly given?: readonly Circumstance[]
}

/** The program makes one of these calls: RFC 9293's user calls by the names that evidence has for them. */
interface CallEvent {
  readonly kind: 'call'
  readonly text: string
  readonly calls: readonly SocketCallName[]
  readonly given?: readonly Circumstance[]
}

/** A timer of the endpoint's own says that it has waited long enough. */
interface TimeoutEvent {
  readonly kind: 'timeout'
  readonly text: string
  /** request: the SYN+ACK's. orphan: that of FIN_WAIT_2 without a program behind it. */
  readonly timer: 'retransmit' | 'request' | 'keepalive' | 'orphan' | 'timewait'
}

interface IcmpEvent {
  readonly kind: 'icmp'
  readonly text: string
  readonly type: 'unreachable'
}

/** The kernel has no room: nothing arrives, nothing is called. */
interface LimitEvent {
  readonly kind: 'limit'
  readonly text: string
  readonly sysctl: string
}

/**
 * Against RCV.NXT and the window; `in-window` includes `exact` except where a case before it has that. `repeated`: what was received before. `newer`, `older`: against everything received so
 * far, where a SYN begins afresh.
 */
export type SeqCondition = 'exact' | 'in-window' | 'outside' | 'repeated' | 'newer' | 'older'

/** What the acknowledgement covers. `unacceptable` acknowledges what was not sent, or nothing new where it must. */
export type AckCondition = 'our-syn' | 'our-fin' | 'not-our-fin' | 'unacceptable' | 'cookie'

/**
 * What else must be so; each one is decided from what came before on the same host. Where an event fits several edges of
 * a state, the one with more circumstances is meant (E42 rather than E33).
 */
export type Circumstance =
  | 'opened-passively'
  | 'opened-actively'
  | 'nobody-listens'
  | 'still-reading'
  | 'done-reading'
  | 'unread-input'
  | 'data-queued'
  | 'window-closed'
  | 'time-wait-of-the-pair'
  | 'after-an-older-syn'
  | 'peer-forgot'
