import type { Evidence, StateChange } from '../../evidence/evidence.ts'
import { sameConnection } from '../../evidence/connections.ts'
import { sameMoment } from '../../evidence/instants.ts'
import type { CapturedPacket, CapturedRow } from '../../lab/capture.ts'

export interface Comments {
  readonly onPackets: ReadonlyMap<CapturedPacket, readonly string[]>
  /** On hosts that no packet was seen at. */
  readonly onVantages: ReadonlyMap<string, readonly string[]>
}

/** What there is to say of each packet: its row of the picture, its fate, and what it set off in the host it came to. */
export function commentsOf(
  evidence: Evidence,
  inOrder: readonly CapturedPacket[],
  rows: readonly CapturedRow[],
): Comments {
  const onPackets = new Map(inOrder.map(packet => [packet, fateOf(packet, evidence, rows)]))
  const onVantages = new Map<string, string[]>()
  const packetsOf = Map.groupBy(inOrder, ({ vantage }) => vantage)
  for (const change of evidence.states.toSorted((a, b) => a.n - b.n)) {
    const packets = packetsOf.get(change.host) ?? []
    const cause = causeOf(change, evidence)
    const trigger = cause.arrival === null ? undefined : packets.find(packet => isArrival(packet, cause.arrival))
    const bearer = trigger ?? packets.findLast(({ at }) => at.n < change.n) ?? packets[0]
    const text = `${subjectOf(change, bearer, evidence)}: ${change.from} -> ${change.to}`
    const comment = trigger ? text : `${text} at ${change.tMs.toFixed(3)} ms${cause.word && ` (${cause.word})`}`
    if (bearer) onPackets.get(bearer)?.push(comment)
    else onVantages.set(change.host, [...(onVantages.get(change.host) ?? []), comment])
  }
  return { onPackets, onVantages }
}

function fateOf({ segment, direction }: CapturedPacket, evidence: Evidence, rows: readonly CapturedRow[]): string[] {
  if (segment === null) return ['The kernel was not seen to send or to receive this: the time is that of the sniffer.']
  const shown = rows
    .filter(row => row.segment === segment)
    .filter(row => direction === 'through' || (direction === 'out' ? row.departs : row.arrives))
    .map(({ label, problems }) =>
      problems.length === 0 ? `row ${label}` : `row ${label} differs: ${problems.join(' ')}`,
    )
  const by = evidence.segments.find(({ id }) => id === segment)?.lost?.by
  return [...new Set(shown), ...(by === undefined ? [] : [`lost: ${by}`])]
}

interface Cause {
  /** The place of the arrival in the evidence's order; null if it was none. */
  readonly arrival: number | null
  /** What else it was; empty where no witness tells. */
  readonly word: string
}

const UNKNOWN: Cause = { arrival: null, word: '' }
/** A call is marked before it is made. What it does comes within this, long before any timer that it has started. */
const CALL_TAKES_MS = 10

/** The last thing before a change that can have set it off: see stimuli in query.ts, and listen, which moves listeners. */
function causeOf(change: StateChange, evidence: Evidence): Cause {
  const isOwn = ({ host, connection }: Pick<StateChange, 'host' | 'connection'>) =>
    host === change.host && sameConnection(connection, change.connection)
  const expiry = evidence.timers.find(timer => isOwn(timer) && timer.event === 'expired' && timer.tMs === change.tMs)
  if (change.witness === 'timer' && expiry) return { arrival: null, word: 'timer' }
  const arrivals = evidence.segments.flatMap(({ to, connection, arrived }) =>
    arrived && isOwn({ host: to, connection }) ? [{ at: arrived, call: null }] : [],
  )
  const isListener = change.connection.endsWith('-*')
  const calls = evidence.calls
    .filter(({ host, connection }) =>
      connection === null ? isListener && host === change.host : isOwn({ host, connection }),
    )
    .map(call => ({ at: call, call: call.call }))
  const last = [...arrivals, ...calls].sort((a, b) => a.at.n - b.at.n).findLast(({ at }) => at.n < change.n)
  if (!last) return UNKNOWN
  if (last.call === null) return sameMoment(last.at, change) ? { arrival: last.at.n, word: '' } : UNKNOWN
  return change.tMs - last.at.tMs <= CALL_TAKES_MS ? { arrival: null, word: last.call } : UNKNOWN
}

function isArrival({ direction, segment, at }: CapturedPacket, n: number | null): boolean {
  return direction === 'in' && segment !== null && at.n === n
}

/** The host, and of which connection where the packet that bears the comment is not of it. */
function subjectOf({ host, connection }: StateChange, bearer: CapturedPacket | undefined, evidence: Evidence): string {
  const borne = evidence.segments.find(({ id }) => id === bearer?.segment)?.connection ?? null
  const isPlain = connection.endsWith('-*') || borne === null || sameConnection(connection, borne)
  return isPlain ? host : `${host} (${connection})`
}
