import type { ConnectionId } from './evidence.ts'

/**
 * Which end of a connection is its client is decided once, by who was first seen to send a SYN, and remembered: so that
 * every witness calls the connection by the same name.
 */
export class Connections {
  readonly #names = new Map<string, ConnectionId>()

  /** The name of the connection between two ends; the first one named is the client if nobody was before. */
  between(end: string, otherEnd: string): ConnectionId {
    const key = [end, otherEnd].sort().join('-')
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const name = `${end}-${otherEnd}`
    this.#names.set(key, name)
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
