import type { TcpState } from '../tcp/states.ts'
import { changesOf, remembered } from './changes.ts'
import { sameConnection } from './connections.ts'
import type { ConnectionId, Evidence, Instant, StateChange } from './evidence.ts'

/** No kernel takes so long over what comes in, or over a timer, however busy its machine. */
const AT_WORK_MS = 10

/**
 * What makes a kernel act for a connection: arrivals, calls, timers that expire, what ICMP tells. In order. Neither listen() nor accept()
 * moves a connection.
 */
export function stimuli(evidence: Evidence, host: string, connection: ConnectionId): readonly Instant[] {
  return remembered(stimuliOf, evidence, `${host} ${connection}`, () => findStimuli(evidence, host, connection))
}

function findStimuli(evidence: Evidence, host: string, connection: ConnectionId): Instant[] {
  const told = findToldStimuli(evidence, host, connection)
  return [...told, ...findUntoldCalls(evidence, host, connection)].sort((a, b) => a.n - b.n)
}

/**
 * A program's call that nobody has marked is known by the change that nothing else can bring about. Of what a table has
 * shown, and nothing that was told explains, no more is known.
 */
function findUntoldCalls(evidence: Evidence, host: string, connection: ConnectionId): StateChange[] {
  const marked = evidence.calls.filter(
    ({ host: where, connection: of, call }) => where === host && sameConnection(of, connection) && call !== 'accept',
  )
  const changes = changesOf(evidence, host, connection)
  return changes.flatMap((change, index) => {
    if (change.cause === null) return [change]
    const before = changes[index - 1]
    if (!isByCall(evidence, change, before?.n ?? -1)) return []
    // What is left of an earlier connection is put an end to by the call that opens the new one, and not before it.
    const first = before?.from === 'TIME_WAIT' && before.tMs >= change.tMs ? before : change
    const since = changes[changes.indexOf(first) - 1]?.n ?? -1
    return marked.some(({ n }) => n > since && n < change.n) ? [] : [first]
  })
}

function isByCall(evidence: Evidence, change: StateChange, since: number): boolean {
  const { from, to, cause } = change
  if (ONLY_BY_CALL.includes(`${from} ${to}`)) return true
  // What a table has shown came when nobody knows, and it is said already what of.
  if (cause !== undefined) return false
  return MAY_BE_ABORTED.includes(from) && to === 'CLOSED' && !isCutShort(evidence, change, since)
}

/** Whether something that came in (a reset; data behind a FIN), a timer or ICMP may have put an end to it. */
function isCutShort({ segments, timers, complaints = [] }: Evidence, change: StateChange, since: number): boolean {
  const { host, connection } = change
  const mayBeIt = ({ n, tMs }: Instant) => n > since && n < change.n && change.tMs - tMs < AT_WORK_MS
  const arrivals = segments.flatMap(({ to, connection: of, arrived }) =>
    to === host && arrived && sameConnection(of, connection) ? [arrived] : [],
  )
  const others = [...timers.filter(({ event }) => event === 'expired'), ...complaints].filter(
    other => other.host === host && sameConnection(other.connection, connection),
  )
  return [...arrivals, ...others].some(mayBeIt)
}

/** From here to CLOSED it is a program's abort (RFC 9293, 3.10.5) that leads, unless something cuts the connection short. */
const MAY_BE_ABORTED: readonly TcpState[] = ['SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT']

/** Only open, close and shutdown do this to a connection (RFC 9293, 3.10). */
const ONLY_BY_CALL: readonly string[] = [
  'CLOSED SYN_SENT',
  'SYN_RCVD FIN_WAIT_1',
  'ESTABLISHED FIN_WAIT_1',
  'CLOSE_WAIT LAST_ACK',
]

function findToldStimuli(evidence: Evidence, host: string, connection: ConnectionId): Instant[] {
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
  const complaints = (evidence.complaints ?? []).filter(
    ({ host: where, connection: of }) => where === host && sameConnection(of, connection),
  )
  return [...arrivals, ...calls, ...timers, ...complaints]
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

const stimuliOf = new WeakMap<Evidence, Map<string, Instant[]>>()
