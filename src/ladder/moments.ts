import type { ConnectionId, Evidence, Instant, SeenSegment, Unseen } from '../evidence/evidence.ts'
import { atOnce, sameMoment } from '../evidence/instants.ts'
import type { Direction, PeerSide } from './ladder.ts'

/** The lab's hosts at the ladder's left and right. */
export interface Hosts {
  readonly left: string
  readonly right: string
}

/** A segment's departure or arrival, at the peer where it happens. */
export interface Moment {
  readonly kind: 'departure' | 'arrival'
  readonly side: PeerSide
  readonly at: Instant
  readonly segment: SeenSegment
}

/** Everything that one ladder is held against. */
export interface Scene {
  /** The connection's own, in order. */
  readonly evidence: Evidence
  readonly connection: ConnectionId
  readonly hosts: Hosts
  /** In the order of the evidence. */
  readonly moments: readonly Moment[]
  readonly repeats: boolean
  /** False while the run goes on: what is not there yet may still come. */
  readonly complete: boolean
  /** It is known that nothing more would come. */
  readonly hasStoodStill: boolean
  readonly latest: Instant | null
}

export function momentsOf(segments: readonly SeenSegment[], hosts: Hosts): Moment[] {
  const moments: Moment[] = []
  for (const segment of segments) {
    const from = sideOf(segment.from, hosts)
    const to = sideOf(segment.to, hosts)
    // Forged segments come from another host, copies from the wire: at the peers they only arrive.
    if (from && segment.copyOf === undefined)
      moments.push({ kind: 'departure', side: from, at: segment.departed, segment })
    if (to && segment.arrived) moments.push({ kind: 'arrival', side: to, at: segment.arrived, segment })
  }
  return moments.sort((a, b) => a.at.n - b.at.n)
}

function sideOf(host: string, hosts: Hosts): PeerSide | null {
  if (host === hosts.left) return 'left'
  return host === hosts.right ? 'right' : null
}

export function directionOf(segment: SeenSegment, hosts: Hosts): Direction {
  return segment.to === hosts.right || segment.from === hosts.left ? 'right' : 'left'
}

export function isForged({ from }: SeenSegment, hosts: Hosts): boolean {
  return sideOf(from, hosts) === null
}

/**
 * Whether two moments may come in either order: they happen at different hosts at one time, and no segment carries the
 * one's effect to the other. So it is where both sides act at once (figures 7 and 13).
 */
export function areConcurrent(a: Moment, b: Moment, { evidence, moments, hosts }: Scene): boolean {
  if (a.side === b.side || !atOnce(a.at, b.at, evidence)) return false
  const [first, second] = a.at.n < b.at.n ? [a, b] : [b, a]
  return !leadsTo(first, second, moments, hosts)
}

/** Whether a segment that left with or after the first arrived with or before the second. */
function leadsTo(first: Moment, second: Moment, moments: readonly Moment[], hosts: Hosts): boolean {
  return moments.some(
    ({ kind, side, at, segment }) =>
      kind === 'arrival' &&
      side === second.side &&
      at.n <= second.at.n &&
      sideOf(segment.from, hosts) === first.side &&
      segment.departed.n >= first.at.n,
  )
}

/** Another copy of the same segment. */
export function isCopy(copy: SeenSegment, of: SeenSegment): boolean {
  return (
    copy.id !== of.id &&
    copy.departed.n > of.departed.n &&
    copy.from === of.from &&
    copy.to === of.to &&
    copy.seq === of.seq &&
    copy.ack === of.ack &&
    copy.length === of.length &&
    copy.flags.length === of.flags.length &&
    copy.flags.every(flag => of.flags.includes(flag))
  )
}

/**
 * Whether more of what an instant sets off may still be told, or of what the other host does at the same time: nothing
 * later is known anywhere, or it is too fresh, where several processors are at work or hosts are slow to be told.
 */
export function isOpen(instant: Instant, { complete, latest, evidence }: Scene): boolean {
  if (complete) return false
  const freshMs = Math.max(FRESH_MS, evidence.atOnceMs ?? 0)
  const isFresh = evidence.untilMs !== undefined && evidence.untilMs - instant.tMs < freshMs
  return isFresh || latest === null || latest.tMs <= instant.tMs || sameMoment(latest, instant)
}

/** While the run goes on, somebody may look yet. */
export function mayStillBeSeen({ until }: Unseen, scene: Scene): boolean {
  return !scene.complete && (until === null || isOpen(until, scene))
}

const FRESH_MS = 20
