import type { SeenSegment, SocketCall } from '../evidence/evidence.ts'
import { type HeldState, isFirstState } from '../evidence/held-state.ts'
import type { Flag } from '../tcp/segment.ts'
import { FLAGS } from '../tcp/segment.ts'
import type { TcpState } from '../tcp/states.ts'
import type { Bindings } from './bindings.ts'
import { type Mark, otherSide, type PeerSide, type Row, type RowSegment, type Side } from './ladder.ts'
import { directionOf, isForged, type Scene } from './moments.ts'
import type { BySide, Placed } from './placed.ts'
import { NOTHING } from './row-line.ts'

/** A row as it would have been drawn from what happened. Where the picture asserts nothing, nothing is shown. */
export function observedRow(
  row: Row,
  placed: Placed | null,
  states: BySide<HeldState | null>,
  calls: BySide<SocketCall | null>,
  scene: Scene,
): Row {
  const side = (at: PeerSide): Side => ({
    state: shownState(row[at].state, states[at]),
    call: calls[at] ? row[at].call : null,
    remark: row[at].remark,
  })
  return { ...row, left: side('left'), right: side('right'), segment: placed && observedSegment(row, placed, scene) }
}

function observedSegment({ segment: expected }: Row, { moment, circumstances, bindings }: Placed, scene: Scene) {
  const shown = segmentOf(moment.segment, bindings, expected, scene)
  const receiver = shown.direction
  const sender = otherSide(receiver)
  const marks: Record<PeerSide, Mark> = { left: shown.left, right: shown.right }
  marks[sender] = moment.kind === 'departure' ? 'arrow' : 'transit'
  if (moment.kind === 'arrival' || circumstances.arrived) marks[receiver] = 'arrow'
  // Where the picture leaves it in the network, that it arrives later is another row's affair.
  else if (expected?.[receiver] === 'transit') marks[receiver] = 'transit'
  return { ...shown, ...marks }
}

/** By the name that the row has for it, where both are right. */
function shownState(expected: TcpState | null, held: HeldState | null): TcpState | null {
  if (expected === null || held === null || held.unseen) return null
  return isFirstState(held, expected) ? expected : held.state
}

/** A row for a segment that no row of the ladder has, or a further copy. */
export function rowOfSegment(segment: SeenSegment, bindings: Bindings, like: Row | null, scene: Scene): Row {
  const shown = segmentOf(segment, bindings, like?.segment ?? null, scene)
  return { n: 0, label: '', line: 0, left: NOTHING, right: NOTHING, segment: shown }
}

function segmentOf(seen: SeenSegment, bindings: Bindings, like: RowSegment | null, scene: Scene): RowSegment {
  const direction = directionOf(seen, scene.hosts)
  const sender = otherSide(direction)
  const fate: Mark = seen.arrived ? 'arrow' : seen.lost ? 'lost' : 'transit'
  const start: Mark = isForged(seen, scene.hosts) ? 'transit' : 'arrow'
  return {
    direction,
    left: sender === 'left' ? start : fate,
    right: sender === 'right' ? start : fate,
    seq: like && like.seq === null ? null : bindings.describe(seen.seq, sender),
    ack:
      seen.ack === null || (like?.flags.includes('ACK') && like.ack === null)
        ? null
        : bindings.describe(seen.ack, direction),
    flags: shownFlags(seen.flags, like?.flags ?? []),
    data: seen.length === 0 ? null : like?.data === 'some' ? 'some' : seen.length,
  }
}

/** In the picture's own order as far as it names them; PSH only if it does. */
function shownFlags(seen: readonly Flag[], like: readonly Flag[]): Flag[] {
  const named = like.filter(flag => seen.includes(flag))
  const others = FLAGS.filter(flag => seen.includes(flag) && !named.includes(flag) && flag !== 'PSH')
  return named.length > 0 && others.length === 0
    ? named
    : FLAGS.filter(flag => named.includes(flag) || others.includes(flag))
}
