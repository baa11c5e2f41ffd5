import { addressOf, endsOf, portOf, sameConnection } from './connections.ts'
import type { ConnectionId, Evidence, Unseen } from './evidence.ts'

export function isWithin({ since, until: end }: Unseen, until: number): boolean {
  return since.n < until && (end === null || until <= end.n)
}

/** When nobody looked at a host's state for one connection. */
export function unseenOf({ unseen = [] }: Evidence, host: string, connection: ConnectionId): Unseen[] {
  return unseen.filter(gap => gap.host === host && sameConnection(gap.connection, connection))
}

export function unseenListener({ unseen = [], hosts }: Evidence, host: string, connection: ConnectionId, n: number) {
  const ports = endsOf(connection)
    .filter(end => addressOf(end) === hosts[host])
    .map(portOf)
  const found = unseen.find(gap => {
    const [end, otherEnd] = endsOf(gap.connection)
    return gap.host === host && otherEnd === '*' && ports.includes(portOf(end)) && isWithin(gap, n)
  })
  return found ?? null
}

/** What was not seen, in a sentence that says what would have. */
export function unseenText({ host, from, since, to, until }: Unseen): string {
  const between =
    to === null ? `after ${from}` : from === to ? `between ${from} and ${from} again` : `between ${from} and ${to}`
  const begins = (since.tMs - (since.uncertainMs ?? 0)).toFixed(3)
  const ends = until && (until.tMs + (until.uncertainMs ?? 0)).toFixed(3)
  const when = ends === null ? `from ${begins} ms on` : `from ${begins} to ${ends} ms`
  return `${host} was not seen ${between}, ${when}: its socket table was not read in between (--trace sees it).`
}
