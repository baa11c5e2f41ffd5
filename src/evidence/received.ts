import type { TcpState } from '../tcp/states.ts'
import { isBefore, type Seq, seq } from '../tcp/seq.ts'
import type { ConnectionId, Evidence, SeenSegment } from './evidence.ts'
import { sameConnection } from './connections.ts'
import { stateAfter, stateBefore } from './held-state.ts'

/**
 * The number that a host expects next (RCV.NXT), just before a segment arrives: all that has come without a gap since the
 * last SYN that it took. Null before there is any.
 */
export function expectedNext(
  evidence: Evidence,
  host: string,
  connection: ConnectionId,
  { arrived }: SeenSegment,
): Seq | null {
  const until = arrived?.n ?? Number.POSITIVE_INFINITY
  let next: Seq | null = null
  let ahead: SeenSegment[] = []
  for (const segment of arrivalsAt(evidence, host, connection)) {
    if ((segment.arrived?.n ?? until) >= until) break
    if (begins(evidence, host, connection, segment)) {
      next = endOf(segment)
      ahead = []
    } else if (counts(segment)) {
      // Where the handshake was not seen, what came first is where it begins.
      let reached: Seq = next ?? seq(segment.seq)
      ahead.push(segment)
      for (let more = nextOf(ahead, reached); more; more = nextOf(ahead, reached)) reached = endOf(more)
      ahead = ahead.filter(other => isBefore(reached, endOf(other)))
      next = reached
    }
  }
  return next
}

/** In the order in which they arrived. */
function arrivalsAt(evidence: Evidence, host: string, connection: ConnectionId): SeenSegment[] {
  return evidence.segments
    .filter(({ to, arrived, connection: of }) => to === host && arrived && sameConnection(of, connection))
    .sort((a, b) => (a.arrived?.n ?? 0) - (b.arrived?.n ?? 0))
}

/** A SYN that moves its receiver: another connection's life begins with it. */
function begins(evidence: Evidence, host: string, connection: ConnectionId, { flags, arrived }: SeenSegment): boolean {
  if (!flags.includes('SYN') || flags.includes('RST') || !arrived) return false
  const before = stateBefore(evidence, host, connection, arrived).state
  return MAY_BEGIN.includes(before) && stateAfter(evidence, host, connection, arrived).state !== before
}

const MAY_BEGIN: readonly TcpState[] = ['CLOSED', 'LISTEN', 'SYN_SENT', 'TIME_WAIT']

/** What lacks the ACK flag is dropped, and a RST carries nothing (RFC 9293, 3.10.7.4). */
function counts({ flags }: SeenSegment): boolean {
  return flags.includes('ACK') && !flags.includes('SYN') && !flags.includes('RST')
}

function nextOf(segments: readonly SeenSegment[], next: Seq): SeenSegment | undefined {
  return segments.find(segment => !isBefore(next, seq(segment.seq)) && isBefore(next, endOf(segment)))
}

/** The number after a segment: its bytes take one each, and so do SYN and FIN (RFC 9293, section 3.4). */
export function endOf({ seq: first, length, flags }: SeenSegment): Seq {
  return seq(first + length + (flags.includes('SYN') ? 1 : 0) + (flags.includes('FIN') ? 1 : 0))
}
