import type { TcpState } from '../tcp/states.ts'
import { changesOf } from './changes.ts'
import { addressOf, endsOf, portOf, sameConnection } from './connections.ts'
import { atOnce } from './instants.ts'
import { stimuli } from './stimuli.ts'
import { isWithin, unseenListener, unseenOf } from './unseen.ts'
import type { ConnectionId, Evidence, Instant, StateChange, Unseen } from './evidence.ts'

/** A host's state for one connection, and why it is known. */
export interface HeldState {
  readonly state: TcpState
  /** The last change that led to it; null if none was seen, and the host is as it always was. */
  readonly change: StateChange | null
  /** Whether the host listens at its end of the connection. */
  readonly listens: boolean
  /** Where nobody looked: the state may be this or another one. */
  readonly unseen: Unseen | null
}

/**
 * The state once all is done that an event sets off at its host. Until the next stimulus (an arrival, a call, a timer)
 * the kernel only finishes what it has begun, however long that takes it: it sends the last ACK and then enters TIME_WAIT.
 */
export function stateAfter(evidence: Evidence, host: string, connection: ConnectionId, instant: Instant): HeldState {
  const next = stimuli(evidence, host, connection).find(({ n }) => n > instant.n)
  return held(
    evidence,
    host,
    connection,
    change => change.n <= instant.n || next === undefined || change.n < next.n,
    instant,
    next?.n ?? Number.POSITIVE_INFINITY,
  )
}

/** The state just before an event. */
export function stateBefore(evidence: Evidence, host: string, connection: ConnectionId, instant: Instant): HeldState {
  return held(evidence, host, connection, change => change.n < instant.n, instant, instant.n)
}

/**
 * The state at a host while something happens at the other one. What happens at both in one moment has no order but that
 * of cause and effect: the changes of that moment count, unless the other host's event has brought them about.
 */
export function stateMeanwhile(
  evidence: Evidence,
  host: string,
  connection: ConnectionId,
  instant: Instant,
  /** What is said to be one moment. */
  moment: Pick<Evidence, 'atOnceMs'> = evidence,
): HeldState {
  const effect = evidence.segments.find(
    ({ to, connection: of, departed, arrived }) =>
      to === host && sameConnection(of, connection) && departed.n >= instant.n && arrived,
  )?.arrived
  const counts = (at: Instant) => at.n < instant.n || (atOnce(at, instant, moment) && (!effect || at.n < effect.n))
  const begun = unseenOf(evidence, host, connection).findLast(({ since }) => counts(since))
  return held(evidence, host, connection, counts, instant, Math.max(instant.n, (begun?.since.n ?? -1) + 1))
}

/**
 * Whether a state is what a picture calls it. When a reset ends a half-open connection in SYN_RCVD, RFC 9293 (3.10.7.4)
 * returns to LISTEN, where Linux drops a request and its listener goes on: both names are right for that.
 */
export function isState({ state, change, listens }: HeldState, expected: TcpState): boolean {
  if (state === expected) return true
  if (change?.from !== 'SYN_RCVD' || !listens) return false
  return (expected === 'LISTEN' && state === 'CLOSED') || (expected === 'CLOSED' && state === 'LISTEN')
}

/** The same for a connection that is about to begin: one of that name that is over has left the listener as it was. */
export function isFirstState(held: HeldState, expected: TcpState): boolean {
  return isState(held, expected) || (expected === 'LISTEN' && held.state === 'CLOSED' && held.listens)
}

function held(
  evidence: Evidence,
  host: string,
  connection: ConnectionId,
  counts: (change: StateChange) => boolean,
  instant: Instant,
  /** Just before which place in the order. */
  until: number,
): HeldState {
  const change = changesOf(evidence, host, connection).findLast(counts) ?? null
  const listens = listensAt(evidence, host, connection, instant)
  const unseen =
    unseenOf(evidence, host, connection).find(gap => isWithin(gap, until)) ??
    (change ? null : unseenListener(evidence, host, connection, instant.n))
  return { state: change?.to ?? (listens ? 'LISTEN' : 'CLOSED'), change, listens, unseen }
}

/** A listener's own changes count at their place in the order: they belong to no burst of the connection's. */
function listensAt(evidence: Evidence, host: string, connection: ConnectionId, instant: Instant): boolean {
  const ports = endsOf(connection)
    .filter(end => addressOf(end) === evidence.hosts[host])
    .map(portOf)
  const last = evidence.states
    .filter(change => {
      // Of hundreds of changes a few are a listener's: they are found without taking each name apart.
      if (change.host !== host || change.n > instant.n || !change.connection.endsWith('-*')) return false
      return ports.includes(portOf(endsOf(change.connection)[0]))
    })
    .sort((a, b) => a.n - b.n)
    .at(-1)
  return last?.to === 'LISTEN'
}
