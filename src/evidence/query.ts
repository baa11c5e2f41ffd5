import type { TcpState } from '../tcp/states.ts'
import { addressOf, endsOf, portOf } from './connections.ts'
import type { ConnectionId, Evidence, Instant, StateChange } from './evidence.ts'

/** Stamps this close together are one moment: what one event sets off in a kernel takes no time on the lab's clock. */
const SAME_MOMENT_MS = 0.001

/** A host's state for one connection, and why it is known. */
export interface HeldState {
  readonly state: TcpState
  /** The last change that led to it; null if none was seen, and the host is as it always was. */
  readonly change: StateChange | null
  /** Whether the host listens at its end of the connection. */
  readonly listens: boolean
}

export function sameConnection(a: ConnectionId | null, b: ConnectionId | null): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  const [end, otherEnd] = endsOf(a)
  return b === `${otherEnd}-${end}`
}

export function sameMoment(a: Instant, b: Instant): boolean {
  const doubt = (a.uncertainMs ?? 0) + (b.uncertainMs ?? 0)
  // Stamps are differences of doubles: half a nanosecond more, so that one microsecond is not now in, now out.
  return Math.abs(a.tMs - b.tMs) <= SAME_MOMENT_MS + doubt + 5e-7
}

/** The connections between two hosts, in the order in which they were first seen. */
export function connectionsBetween(evidence: Evidence, host: string, otherHost: string): ConnectionId[] {
  const ends = new Set([evidence.hosts[host], evidence.hosts[otherHost]])
  const named = [...evidence.segments, ...evidence.states, ...evidence.calls].flatMap(({ connection }) =>
    connection === null || connection.endsWith('-*') ? [] : [connection],
  )
  const found: ConnectionId[] = []
  for (const connection of named) {
    const addresses = endsOf(connection).map(addressOf)
    if (addresses[0] === addresses[1] || !addresses.every(address => ends.has(address))) continue
    if (!found.some(known => sameConnection(known, connection))) found.push(connection)
  }
  return found
}

/** All that one connection has to do with: itself, its hosts' listeners, and calls that name no connection. */
export function evidenceOf(evidence: Evidence, connection: ConnectionId): Evidence {
  const isOwn = (entry: { readonly connection: ConnectionId | null }) => sameConnection(entry.connection, connection)
  const byN = (a: Instant, b: Instant) => a.n - b.n
  return {
    ...evidence,
    segments: evidence.segments.filter(isOwn).sort((a, b) => a.departed.n - b.departed.n),
    states: evidence.states.filter(change => isOwn(change) || change.connection.endsWith('-*')).sort(byN),
    calls: evidence.calls.filter(call => call.connection === null || isOwn(call)).sort(byN),
    readings: evidence.readings.filter(isOwn).sort(byN),
    timers: evidence.timers.filter(isOwn).sort(byN),
  }
}

/**
 * The state once all is done that an event sets off at its host. Until the next stimulus (an arrival, a call, a timer)
 * the kernel only finishes what it has begun: it sends the last ACK and then enters TIME_WAIT. What a stimulus sets off
 * in the same moment belongs to the stimulus.
 */
export function stateAfter(evidence: Evidence, host: string, connection: ConnectionId, instant: Instant): HeldState {
  const next = stimuli(evidence, host, connection).find(({ n }) => n > instant.n)
  return held(
    evidence,
    host,
    connection,
    change => change.n <= instant.n || ((next === undefined || change.n < next.n) && sameMoment(change, instant)),
    instant,
  )
}

/** The state just before an event. */
export function stateBefore(evidence: Evidence, host: string, connection: ConnectionId, instant: Instant): HeldState {
  return held(evidence, host, connection, change => change.n < instant.n, instant)
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
): HeldState {
  const effect = evidence.segments.find(
    ({ to, connection: of, departed, arrived }) =>
      to === host && sameConnection(of, connection) && departed.n >= instant.n && arrived,
  )?.arrived
  return held(
    evidence,
    host,
    connection,
    change => change.n < instant.n || (sameMoment(change, instant) && (!effect || change.n < effect.n)),
    instant,
  )
}

/**
 * What makes a kernel act for a connection: arrivals, calls, timers that expire. In order. Neither listen() nor accept()
 * moves a connection.
 */
export function stimuli(evidence: Evidence, host: string, connection: ConnectionId): readonly Instant[] {
  return remembered(stimuliOf, evidence, `${host} ${connection}`, () => findStimuli(evidence, host, connection))
}

function findStimuli(evidence: Evidence, host: string, connection: ConnectionId): Instant[] {
  const arrivals = evidence.segments.flatMap(segment =>
    segment.arrived && segment.to === host && sameConnection(segment.connection, connection) ? [segment.arrived] : [],
  )
  const calls = evidence.calls.filter(
    ({ host: where, connection: of, call }) =>
      where === host && (of === null || sameConnection(of, connection)) && call !== 'listen' && call !== 'accept',
  )
  const timers = evidence.timers.filter(
    timer => timer.host === host && timer.event === 'expired' && sameConnection(timer.connection, connection),
  )
  return [...arrivals, ...calls, ...timers].sort((a, b) => a.n - b.n)
}

/** The last of them before an event, whatever it was that the event came of. */
export function stimulusBefore(
  evidence: Evidence,
  host: string,
  connection: ConnectionId,
  instant: Instant,
): Instant | undefined {
  return stimuli(evidence, host, connection).findLast(({ n }) => n < instant.n)
}

/** A host's changes of state for one connection, in order. */
export function changesOf(evidence: Evidence, host: string, connection: ConnectionId): readonly StateChange[] {
  return remembered(changesByHost, evidence, `${host} ${connection}`, () =>
    evidence.states
      .filter(change => change.host === host && sameConnection(change.connection, connection))
      .sort((a, b) => a.n - b.n),
  )
}

/** A ladder asks the same of one evidence thousands of times. Evidence does not change: a longer one is another one. */
const stimuliOf = new WeakMap<Evidence, Map<string, Instant[]>>()
const changesByHost = new WeakMap<Evidence, Map<string, StateChange[]>>()

function remembered<T>(memory: WeakMap<Evidence, Map<string, T>>, evidence: Evidence, key: string, find: () => T): T {
  const known = memory.get(evidence) ?? new Map<string, T>()
  memory.set(evidence, known)
  const found = known.get(key) ?? find()
  known.set(key, found)
  return found
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

/** The latest stamp of all: what is older than this can be added to only from another place. */
export function latest(evidence: Evidence): Instant | null {
  let last: Instant | null = null
  const look = (instant: Instant | null) => {
    if (instant && (!last || instant.n > last.n)) last = instant
  }
  for (const { departed, arrived } of evidence.segments) {
    look(departed)
    look(arrived)
  }
  for (const entry of [evidence.states, evidence.calls, evidence.readings, evidence.timers].flat()) look(entry)
  return last
}

function held(
  evidence: Evidence,
  host: string,
  connection: ConnectionId,
  counts: (change: StateChange) => boolean,
  instant: Instant,
): HeldState {
  const change = changesOf(evidence, host, connection).findLast(counts) ?? null
  const listens = listensAt(evidence, host, connection, instant)
  return { state: change?.to ?? (listens ? 'LISTEN' : 'CLOSED'), change, listens }
}

/** A listener's own changes count at their place in the order: they belong to no burst of the connection's. */
function listensAt(evidence: Evidence, host: string, connection: ConnectionId, instant: Instant): boolean {
  const ports = endsOf(connection)
    .filter(end => addressOf(end) === evidence.hosts[host])
    .map(portOf)
  const last = evidence.states
    .filter(change => {
      if (change.host !== host || change.n > instant.n) return false
      const [end, otherEnd] = endsOf(change.connection)
      return otherEnd === '*' && ports.includes(portOf(end))
    })
    .sort((a, b) => a.n - b.n)
    .at(-1)
  return last?.to === 'LISTEN'
}
