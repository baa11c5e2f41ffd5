import type { Alignment } from './path.ts'
import type { Moment, Scene } from './moments.ts'
import { rowText } from './notation.ts'
import { rowOfSegment } from './observed.ts'
import type { Placement } from './placed.ts'
import type { ExtraSegment, Failure, RepeatedSegment, RowMatch } from './verdict.ts'

export function toRepeats(
  { repeats }: Placement,
  { bindings }: Alignment,
  rows: readonly RowMatch[],
  scene: Scene,
): RepeatedSegment[] {
  return inOrder(repeats).flatMap(([index, { at, segment }]) => {
    const row = rows[index]
    if (!row) return []
    const seen = rowOfSegment(segment, bindings, row.row, scene)
    return [{ segment: segment.id, row: row.label, tMs: at.tMs, text: rowText(seen), seen }]
  })
}

export function toExtras(
  { extras }: Placement,
  { bindings }: Alignment,
  rows: readonly RowMatch[],
  scene: Scene,
): ExtraSegment[] {
  return inOrder(extras).map(([index, { at, segment }]) => {
    const seen = rowOfSegment(segment, bindings, null, scene)
    return { segment: segment.id, before: rows[index]?.label ?? null, tMs: at.tMs, text: rowText(seen), seen }
  })
}

function inOrder(lists: ReadonlyMap<number, readonly Moment[]>): [number, Moment][] {
  return [...lists]
    .flatMap(([index, moments]) => moments.map((moment): [number, Moment] => [index, moment]))
    .sort(([, a], [, b]) => a.at.n - b.at.n)
}

/** The first row that is wrong; or what came after the last one and should not have. */
export function failureOf(
  rows: readonly RowMatch[],
  extras: readonly ExtraSegment[],
  isWrongInAnyOrder: (row: number) => boolean,
): Failure | null {
  const index = rows.findIndex(({ verdict }) => verdict === 'failed')
  const row = rows[index]
  if (row) {
    const instead = extras.filter(({ before }) => before === row.label).map(({ text }) => text)
    const observed = instead.length > 0 ? instead.join('; ') : row.observed
    const [reason, inAnyOrder] = [row.problems.join(' '), isWrongInAnyOrder(index)]
    return { row: row.label, reason, expected: row.expected, observed, inAnyOrder }
  }
  const after = extras.find(({ before }) => before === null)
  if (!after) return null
  const reason = `After the last row came a segment that no row has: ${after.text}.`
  const last = `after ${rows.at(-1)?.label}`
  return { row: last, reason, expected: 'nothing more', observed: after.text, inAnyOrder: false }
}
