import type { Circumstance } from '../tcp/transition.ts'
import { isBefore, seq } from '../tcp/seq.ts'
import type { TcpState } from '../tcp/states.ts'
import type { ConnectionId, Evidence, Instant, SeenSegment, SocketCall } from './evidence.ts'
import { changesOf } from './changes.ts'
import { sameConnection } from './connections.ts'
import { stateBefore } from './held-state.ts'
import { stimuli } from './stimuli.ts'

/** Whether something was so at a host when an event came, as far as witnesses tell. What none of them tells is not so. */
export function isSo(
  circumstance: Circumstance,
  evidence: Evidence,
  host: string,
  connection: ConnectionId,
  at: Instant,
): boolean {
  switch (circumstance) {
    case 'nobody-listens':
      return !stateBefore(evidence, host, connection, at).listens
    case 'time-wait-of-the-pair':
      return stateBefore(evidence, host, connection, at).state === 'TIME_WAIT'
    case 'still-reading':
      return hasCalled(evidence, host, connection, 'end', at) && !hasCalled(evidence, host, connection, 'destroy', at)
    case 'done-reading':
      return hasCalled(evidence, host, connection, 'destroy', at)
    case 'data-queued':
      return answers(evidence, host, connection, at).some(({ flags, length }) => flags.includes('FIN') && length > 0)
    case 'unread-input':
      // No witness tells what a program has read. But after data only what is unread makes a close a RST (tcp_close).
      return hasCome(evidence, host, connection, at)
    case 'opened-passively':
      return openedBy(evidence, host, connection, at) === 'LISTEN'
    case 'opened-actively':
      return openedBy(evidence, host, connection, at) === 'CLOSED'
    case 'after-an-older-syn':
      return aNewerOneIsOut(evidence, host, connection, at)
    default:
      return false
  }
}

/** What the connection's first change since it last was over has led away from. */
function openedBy(evidence: Evidence, host: string, connection: ConnectionId, at: Instant): TcpState | undefined {
  const changes = changesOf(evidence, host, connection).filter(({ n }) => n < at.n)
  return changes.slice(changes.findLastIndex(({ to }) => to === 'CLOSED') + 1)[0]?.from
}

/** Whether the other side has sent a SYN that is newer than the one that came last. */
function aNewerOneIsOut({ segments }: Evidence, host: string, connection: ConnectionId, at: Instant): boolean {
  const syns = segments.filter(
    ({ to, flags, connection: of }) =>
      to === host && sameConnection(of, connection) && flags.includes('SYN') && !flags.includes('ACK'),
  )
  const come = syns.filter(({ arrived }) => arrived && arrived.n < at.n)
  const last = come.toSorted((a, b) => (a.arrived?.n ?? 0) - (b.arrived?.n ?? 0)).at(-1)
  return syns.some(({ departed, seq: number }) => last && departed.n < at.n && isBefore(seq(last.seq), seq(number)))
}

function hasCalled(
  { calls }: Evidence,
  host: string,
  connection: ConnectionId,
  call: SocketCall['call'],
  before: Instant,
): boolean {
  return calls.some(
    ({ host: where, connection: of, call: made, n }) =>
      where === host && sameConnection(of, connection) && made === call && n < before.n,
  )
}

/** Whether data has come to the host in this connection. */
function hasCome({ segments }: Evidence, host: string, connection: ConnectionId, before: Instant): boolean {
  return segments.some(
    ({ to, connection: of, length, arrived }) =>
      to === host && sameConnection(of, connection) && length > 0 && arrived !== null && arrived.n < before.n,
  )
}

/** What the host sends of this connection until anything else happens to it there. */
function answers(evidence: Evidence, host: string, connection: ConnectionId, at: Instant): SeenSegment[] {
  const next = stimuli(evidence, host, connection).find(({ n }) => n > at.n)
  return evidence.segments.filter(
    ({ from, connection: of, departed }) =>
      from === host && sameConnection(of, connection) && departed.n > at.n && (!next || departed.n < next.n),
  )
}
