import { stimulusBefore } from '../evidence/stimuli.ts'
import type { Alignment } from './path.ts'
import type { Moment, Scene } from './moments.ts'
import { isForged } from './moments.ts'
import { rowText } from './notation.ts'
import { rowOfSegment } from './observed.ts'
import { addTo, type Placement, placedBefore } from './placed.ts'
import { type Owned, repeatOf } from './repeats.ts'
import type { RowMatch } from './verdict.ts'
import { momentText } from './words.ts'

/** What comes after the last segment that has a row, as far as rows of states go on. */
export class Tail {
  readonly #placement: Placement
  readonly #alignment: Alignment
  readonly #scene: Scene
  readonly #left: Moment[]

  constructor(placement: Placement, alignment: Alignment, scene: Scene) {
    this.#placement = placement
    this.#alignment = alignment
    this.#scene = scene
    this.#left = scene.moments.filter(
      moment => !alignment.past.has(moment) && (moment.kind === 'departure' || isForged(moment.segment, scene.hosts)),
    )
  }

  /** Until a row's change of state, too, every segment must have a row. */
  upTo(row: RowMatch, index: number): RowMatch {
    const until = this.#scene.evidence.states.find(({ tMs, n }) => tMs === row.tMs && row.entries.includes(n))
    if (!until) return row
    const problems: string[] = []
    while (this.#left[0] && this.#left[0].at.n < until.n) {
      const moment = this.#left.shift()
      if (!moment) break
      const repeated = this.#repeated(moment)
      if (repeated !== null) {
        addTo(this.#placement.repeats, repeated, moment)
        continue
      }
      addTo(this.#placement.extras, index, moment)
      problems.push(`Before it came a segment that no row has: ${this.#textOf(moment)}.`)
    }
    return problems.length > 0 ? { ...row, verdict: 'failed', problems: [...problems, ...row.problems] } : row
  }

  /** What a peer sends at once because the last row's segment has arrived. */
  answerTo(index: number): void {
    const { evidence, connection, hosts } = this.#scene
    const last = placedBefore(this.#placement, index + 1)
    if (!last || this.#placement.placed.get(index) !== last) return
    const arrived = last.moment.kind === 'arrival' ? last.moment.at : last.circumstances.arrived?.arrived
    if (!arrived) return
    for (const moment of this.#left) {
      const stimulus = stimulusBefore(evidence, hosts[moment.side], connection, moment.at)
      const answers = stimulus?.n === arrived.n
      if (answers && this.#repeated(moment) === null) {
        addTo(this.#placement.extras, index + 1, moment)
      }
    }
  }

  #repeated({ segment }: Moment): number | null {
    if (!this.#scene.repeats) return null
    const owned = (lists: Iterable<[number, readonly Moment[]]>): Owned[] =>
      [...lists].flatMap(([owner, moments]) => moments.map(moment => ({ owner, segment: moment.segment })))
    const matched = owned([...this.#placement.placed].map(([owner, { moment }]) => [owner, [moment]]))
    return repeatOf(segment, matched, owned(this.#placement.repeats), this.#scene)
  }

  #textOf(moment: Moment): string {
    const row = rowOfSegment(moment.segment, this.#alignment.bindings, null, this.#scene)
    return `${rowText(row)}, at ${this.#scene.hosts[moment.side]} at ${momentText(moment.at)}`
  }
}
