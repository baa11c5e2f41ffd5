import type { ConnectionId, Evidence, SeenSegment, StateChange } from './evidence.ts'
import { changesOf } from './changes.ts'
import { sameConnection } from './connections.ts'
import { stateBefore } from './held-state.ts'
import { stimulusBefore } from './stimuli.ts'

/** Edges that are not one event and its outcome, but an exchange or a limit (src/tcp/transitions/whole-exchanges.ts). */
export function findExchanges(evidence: Evidence, host: string, connection: ConnectionId): string[] {
  const changes = changesOf(evidence, host, connection)
  return [
    ...(changes.some(change => skipsTimeWait(evidence, host, connection, change)) ? ['E70'] : []),
    ...(changes.some(change => isForgotten(evidence, host, connection, change)) ? ['E71'] : []),
    ...(changes.some(change => waitsToSayGoodbye(evidence, host, connection, change)) ? ['E73'] : []),
  ]
}

/** A listener has no other end, and so no connection of its own. */
export function listenerEdges({ states, calls }: Evidence): string[] {
  const changes = states.filter(({ connection }) => connection.endsWith('-*'))
  const closes = changes.filter(({ from, host, n }) => {
    const isClosed = calls.some(({ call, host: where, n: at }) => call === 'unlisten' && where === host && at < n)
    return from === 'LISTEN' && isClosed
  })
  return [...(changes.some(({ to }) => to === 'LISTEN') ? ['E01'] : []), ...(closes.length > 0 ? ['E07'] : [])]
}

/** Both sides have said goodbye, and it is over at once: what leads there says no other state (tcp_time_wait). */
function skipsTimeWait(evidence: Evidence, host: string, connection: ConnectionId, change: StateChange): boolean {
  if (change.to !== 'CLOSED' || (change.from !== 'FIN_WAIT_2' && change.from !== 'CLOSING')) return false
  const cause = stimulusBefore(evidence, host, connection, change)
  const segment = evidence.segments.find(({ to, arrived }) => to === host && arrived && arrived.n === cause?.n)
  if (!segment || segment.flags.includes('RST')) return false
  return change.from === 'CLOSING' || segment.flags.includes('FIN')
}

/** A RST ends it, in answer to what it has said itself, from a peer that was established and is not any more. */
function isForgotten(evidence: Evidence, host: string, connection: ConnectionId, change: StateChange): boolean {
  if (change.from !== 'ESTABLISHED' || change.to !== 'CLOSED') return false
  const cause = stimulusBefore(evidence, host, connection, change)
  const reset = evidence.segments.find(({ to, arrived }) => to === host && arrived && arrived.n === cause?.n)
  if (!reset?.flags.includes('RST')) return false
  const asked = stimulusBefore(evidence, reset.from, connection, reset.departed)
  const isAnswer = evidence.segments.some(({ from, arrived }) => from === host && arrived && arrived.n === asked?.n)
  if (!isAnswer || !asked) return false
  const isUnknown = ['CLOSED', 'SYN_SENT'].includes(stateBefore(evidence, reset.from, connection, asked).state)
  const past = changesOf(evidence, reset.from, connection).filter(({ n }) => n < asked.n)
  return isUnknown && past.some(({ from, to }) => from === 'ESTABLISHED' && to === 'CLOSED')
}

/** The state says that the FIN is out, and it is not: the other side has room for nothing, not even for a FIN's number. */
function waitsToSayGoodbye(evidence: Evidence, host: string, connection: ConnectionId, change: StateChange): boolean {
  if (change.to !== 'FIN_WAIT_1') return false
  const own = evidence.segments.filter(segment => sameConnection(segment.connection, connection))
  const heard = own.filter(({ to, arrived }) => to === host && arrived).sort((a, b) => arrivalOf(a) - arrivalOf(b))
  const before = heard.findLast(segment => arrivalOf(segment) < change.n)
  const after = heard.filter(segment => arrivalOf(segment) > change.n)
  const opens = after.find(({ window }) => window > 0)
  const fin = own.find(({ from, flags, departed }) => from === host && flags.includes('FIN') && departed.n > change.n)
  const until = Math.min(
    opens ? arrivalOf(opens) : Number.POSITIVE_INFINITY,
    fin?.departed.n ?? Number.POSITIVE_INFINITY,
  )
  const probed = after.some(segment => segment.window === 0 && arrivalOf(segment) < until)
  return before?.window === 0 && probed && (!fin || until < fin.departed.n)
}

function arrivalOf({ arrived }: SeenSegment): number {
  return arrived?.n ?? 0
}
