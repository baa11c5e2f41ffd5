import type { ConnectionId, Evidence, Instant } from './evidence.ts'

/**
 * Which end of a connection is its client is decided once, by who was first seen to send a SYN, and remembered: so that
 * every witness calls the connection by the same name.
 */
export class Connections {
  /** By its ends, in either order. */
  readonly #names = new Map<string, ConnectionId>()

  /** The name of the connection between two ends; the first one named is the client if nobody was before. */
  between(end: string, otherEnd: string): ConnectionId {
    const name = `${end}-${otherEnd}`
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, name)
    this.#names.set(`${otherEnd}-${end}`, name)
    return name
  }
}

/** The name of a listening socket, which has no other end. */
export function listenerAt(end: string): ConnectionId {
  return `${end}-*`
}

export function endsOf(connection: ConnectionId): [string, string] {
  const [end = '', otherEnd = ''] = connection.split('-')
  return [end, otherEnd]
}

export function addressOf(end: string): string {
  return end.slice(0, end.lastIndexOf(':'))
}

export function portOf(end: string): string {
  return end.slice(end.lastIndexOf(':') + 1)
}

export function sameConnection(a: ConnectionId | null, b: ConnectionId | null): boolean {
  if (a === b) return true
  if (a === null || b === null || a.length !== b.length) return false
  const [end, otherEnd] = endsOf(a)
  return b === `${otherEnd}-${end}`
}

/** The connections between two hosts, in the order in which they were first seen. */
export function connectionsBetween(evidence: Evidence, host: string, otherHost: string): ConnectionId[] {
  const ends = new Set([evidence.hosts[host], evidence.hosts[otherHost]])
  const named = [...evidence.segments, ...evidence.states, ...evidence.calls].flatMap(({ connection }) =>
    connection === null || connection.endsWith('-*') ? [] : [connection],
  )
  const found: ConnectionId[] = []
  for (const connection of new Set(named)) {
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
