import type { Instant } from '../evidence/evidence.ts'
import { type HeldState, stateBefore } from '../evidence/held-state.ts'
import { atOnce } from '../evidence/instants.ts'
import { stimulusBefore } from '../evidence/stimuli.ts'
import type { PeerSide } from './ladder.ts'
import { areConcurrent, type Moment, type Scene } from './moments.ts'

/**
 * Both peers' states just before the exchange begins, or goes on, with a moment: where a segment leaves, before whatever
 * made it leave, since a call or an arrival has changed the state by then. A peer that acts at the same time as the other
 * (figure 13) is taken before its own act.
 */
export function statesBefore(
  moment: Moment,
  scene: Scene,
  /** Rows before it have taken the states so far, at each peer. */
  since: Readonly<Record<PeerSide, number>> = { left: -1, right: -1 },
): Record<PeerSide, HeldState> {
  const at = (side: PeerSide): HeldState => {
    const { evidence, connection, hosts } = scene
    return stateBefore(evidence, hosts[side], connection, limitAt(side, moment, scene, since[side]))
  }
  return { left: at('left'), right: at('right') }
}

function limitAt(side: PeerSide, moment: Moment, scene: Scene, since: number): Instant {
  const { evidence, connection, hosts, moments } = scene
  const own =
    side === moment.side
      ? moment
      : // An arrival there is no act of its own: its place in the order says whether it came first.
        moments.find(
          other =>
            other.side === side &&
            other.kind === 'departure' &&
            other.at.n > since &&
            areConcurrent(other, moment, scene),
        )
  if (!own) return moment.at
  if (own.kind === 'arrival') return own.at
  // What a host sends again, without a new cause, comes after all that it did when it sent it first.
  const sentBefore = moments.findLast(
    ({ kind, side: at, at: { n } }) => kind === 'departure' && at === side && n < own.at.n,
  )
  const hasActed = sentBefore !== undefined && !atOnce(sentBefore.at, own.at, evidence)
  const spent = Math.max(since, hasActed ? sentBefore.at.n : -1)
  const stimulus = stimulusBefore(evidence, hosts[side], connection, own.at)
  return stimulus && stimulus.n > spent ? stimulus : own.at
}
