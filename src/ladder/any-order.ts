import type { SeenSegment } from '../evidence/evidence.ts'
import { isSurelyAfter } from '../evidence/order.ts'
import { Bindings } from './bindings.ts'
import { compareContent, compareNumbers } from './compare.ts'
import { departs, otherSide, type PeerSide, senderSide } from './ladder.ts'
import { isForged, type Moment, type Scene } from './moments.ts'
import { isOldDuplicate, type Step } from './steps.ts'

/**
 * The rows of which one has another segment or none, whatever the clocks leave open: the wire hears in which order each peer
 * sends, so the peer's next segment after those of the rows before is that row's or nobody's. None where it takes more than
 * that to tell, or where the picture may be true.
 */
export function wrongInAnyOrder(steps: readonly Step[], start: Moment | null, scene: Scene): ReadonlySet<number> {
  const [first] = steps
  if (!first || scene.repeats || steps.some(isOldDuplicate)) return NONE
  if (scene.moments.some(({ segment }) => isForged(segment, scene.hosts))) return NONE
  const side = senderSide(first.row.segment)
  const sent = { left: sentBy('left', scene), right: sentBy('right', scene) }
  // Where more than one could be the ladder's first, it is open where it begins.
  const beginnings = sent[side].filter(segment => isAsDrawn(first, segment, Bindings.none) !== null)
  const [beginning] = beginnings
  if (!beginning || beginnings.length > 1 || beginning !== start?.segment) return NONE
  const answering = sent[otherSide(side)]
  const behind = answering.filter(({ arrived }) => arrived && isSurelyAfter(arrived, beginning.departed)).length
  const after = answering.findIndex(({ departed }) => beginning.arrived && isSurelyAfter(beginning.arrived, departed))
  const most = after < 0 ? answering.length : after
  const wrong = new Set<number>()
  for (let others = behind; others <= most; others++) {
    const left = {
      [side]: sent[side].slice(sent[side].indexOf(beginning)),
      [otherSide(side)]: answering.slice(others),
    } as Record<PeerSide, SeenSegment[]>
    const row = firstWrong(steps, left, scene)
    if (row === null) return NONE
    wrong.add(row)
  }
  return wrong
}

const NONE: ReadonlySet<number> = new Set()

function sentBy(side: PeerSide, { moments }: Scene): SeenSegment[] {
  return moments.filter(moment => moment.kind === 'departure' && moment.side === side).map(({ segment }) => segment)
}

/** Null where all that has been sent is as it is drawn. */
function firstWrong(
  steps: readonly Step[],
  left: Record<PeerSide, SeenSegment[]>,
  { complete, hasStoodStill }: Scene,
): number | null {
  let bindings = Bindings.none
  for (const step of steps) {
    if (!departs(step.row.segment)) continue
    const segment = left[senderSide(step.row.segment)].shift()
    // While anything can happen what is not there yet may still come.
    if (!segment) return complete && hasStoodStill ? step.rowIndex : null
    const bound = isAsDrawn(step, segment, bindings)
    if (bound === null) return step.rowIndex
    bindings = bound
  }
  return null
}

/** What names and numbers then stand for, or null. */
function isAsDrawn({ row }: Step, segment: SeenSegment, bindings: Bindings): Bindings | null {
  if (compareContent(row.segment, segment).length > 0) return null
  const compared = compareNumbers(row, segment, bindings)
  return compared.problems.length === 0 ? compared.bindings : null
}
