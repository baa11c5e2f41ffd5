import type { SeenSegment } from '../evidence/evidence.ts'
import { stimulusBefore } from '../evidence/stimuli.ts'
import { isCopy, type Scene } from './moments.ts'

/** A segment and the row (or step) that it belongs to. */
export interface Owned {
  readonly owner: number
  readonly segment: SeenSegment
}

/**
 * Whose row a further segment belongs to where repeats are allowed: it is a copy of the row's, or the ACK that such a
 * copy has provoked (RFC 9293, 3.10.7.4: what lies outside the window is answered). Null if it is neither.
 */
export function repeatOf(segment: SeenSegment, matched: readonly Owned[], repeats: readonly Owned[], scene: Scene) {
  const original = matched.find(known => isCopy(segment, known.segment))
  if (original) return original.owner
  if (segment.length > 0 || segment.flags.some(flag => flag !== 'ACK')) return null
  const { evidence, connection } = scene
  const stimulus = stimulusBefore(evidence, segment.from, connection, segment.departed)
  return repeats.find(copy => stimulus && copy.segment.arrived?.n === stimulus.n)?.owner ?? null
}
