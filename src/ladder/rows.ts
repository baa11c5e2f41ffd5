import type { SocketCall } from '../evidence/evidence.ts'
import type { HeldState } from '../evidence/held-state.ts'
import type { Alignment } from './path.ts'
import { findCall, lastSentBefore } from './calls.ts'
import type { ExpectedRow } from './departures.ts'
import type { PeerSide, Row } from './ladder.ts'
import type { Moment, Scene } from './moments.ts'
import { rowText } from './notation.ts'
import { observedRow, rowOfSegment } from './observed.ts'
import { addTo, type BySide, type Placed, type Placement, placedBefore } from './placed.ts'
import { checkBeginning, checkBetween, checkEarlier, checkNext, SIDES, type StateFinding } from './state-rows.ts'
import type { RowMatch } from './verdict.ts'
import { momentText } from './words.ts'

/** Judges rows in their order: each begins where the one before has left its peers. */
export class RowJudge {
  readonly #rows: readonly ExpectedRow[]
  readonly #placement: Placement
  readonly #alignment: Alignment
  readonly #scene: Scene
  readonly #firstSegment: number
  readonly #lastSegment: number
  /** What the rows so far have said of each peer, and the last change that they have taken in. */
  readonly #taken: Record<PeerSide, HeldState | null> = { left: null, right: null }
  readonly #since: Record<PeerSide, number> = { left: -1, right: -1 }

  constructor(rows: readonly ExpectedRow[], placement: Placement, alignment: Alignment, scene: Scene) {
    this.#rows = rows
    this.#placement = placement
    this.#alignment = alignment
    this.#scene = scene
    const first = rows.findIndex(({ row }) => row.segment !== null)
    this.#firstSegment = first < 0 ? 1 : first
    this.#lastSegment = rows.findLastIndex(({ row }) => row.segment !== null)
  }

  /** Once for each row, from the first to the last. */
  judge(index: number): RowMatch {
    const expected = this.#rows[index]
    if (!expected) throw new RangeError(`There is no row ${index}.`)
    const { row } = expected
    const placed = this.#placement.placed.get(index) ?? null
    const finding = this.#withExtras(
      row.segment ? this.#judgeSegment(index, placed) : this.#judgeStates(row, index),
      index,
    )
    const since = { ...this.#since }
    for (const side of SIDES) {
      const state = finding.states[side]
      if (row[side].state === null || !state) continue
      this.#taken[side] = state
      this.#since[side] = Math.max(this.#since[side], state.change?.n ?? -1)
    }
    return this.#toMatch(expected, index, placed, finding, since)
  }

  #judgeSegment(index: number, placed: Placed | null): StateFinding {
    if (placed) {
      const problems = placed.problems.map(({ sentence }) => sentence)
      const isWaiting = placed.circumstances.waitsFor.length > 0
      const { doubts, states } = placed.circumstances
      if (problems.length > 0) return { verdict: 'failed', problems, states, change: null }
      if (isWaiting) return { verdict: 'waiting', problems, states, change: null }
      return { verdict: doubts.length > 0 ? 'unseen' : 'ok', problems: doubts, states, change: null }
    }
    if (!this.#placement.missing.has(index)) return { ...NO_FINDING, verdict: 'waiting' }
    return { ...NO_FINDING, verdict: 'failed', problems: [this.#missingProblem(index)] }
  }

  #judgeStates(row: Row, index: number): StateFinding {
    const { start } = this.#alignment
    const saysStates = row.left.state !== null || row.right.state !== null
    if (index < this.#firstSegment) {
      if (!saysStates) return NO_FINDING
      const isLast = !this.#rows
        .slice(index + 1, this.#firstSegment)
        .some(({ row }) => row.left.state ?? row.right.state)
      return isLast ? checkBeginning(row, start, this.#scene) : checkEarlier(row, start, this.#scene)
    }
    if (this.#waitsForEarlier(index)) return { ...NO_FINDING, verdict: 'waiting' }
    if (!saysStates) return NO_FINDING
    if (index < this.#lastSegment) {
      const cameTrue = this.#beforeExtras(row, index)
      if (cameTrue) return cameTrue
      const next = this.#rows.findIndex(({ row }, at) => at > index && row.segment !== null)
      // Where the next row did not come, that is what is wrong.
      if (this.#placement.missing.has(next)) return NO_FINDING
      const before = [...this.#placement.placed].filter(([at]) => at < index).map(([, placed]) => placed)
      return checkBetween(row, before, this.#placement.placed.get(next)?.moment ?? null, this.#scene)
    }
    const last = placedBefore(this.#placement, index)?.moment.at.n ?? -1
    const since = (side: PeerSide) => (this.#taken[side] ? this.#since[side] : last)
    return checkNext(row, this.#taken, { left: since('left'), right: since('right') }, this.#scene)
  }

  /** What no row has may have come only after this row's states held: then it is the next row's affair. */
  #beforeExtras(row: Row, index: number): StateFinding | null {
    const { placed, extras } = this.#placement
    const [first, ...others] = extras.get(index) ?? []
    if (!first) return null
    const before = [...placed].filter(([at]) => at < index).map(([, placed]) => placed)
    const finding = checkBetween(row, before, first, this.#scene)
    if (finding.verdict !== 'ok' && finding.verdict !== 'unseen') return null
    extras.delete(index)
    for (const extra of [first, ...others]) addTo(extras, index + 1, extra)
    return finding
  }

  #waitsForEarlier(index: number): boolean {
    if (this.#scene.complete) return false
    const { placed, missing } = this.#placement
    return this.#rows.some(
      ({ row }, at) => at < index && row.segment !== null && !missing.has(at) && !isSettled(placed.get(at)),
    )
  }

  #withExtras(finding: StateFinding, index: number): StateFinding {
    const extras = this.#placement.extras.get(index) ?? []
    if (extras.length === 0) return finding
    const problems = extras.map(moment => `Before it came what no row has here: ${this.textOf(moment)}.`)
    return { ...finding, verdict: 'failed', problems: [...problems, ...finding.problems] }
  }

  #missingProblem(index: number): string {
    for (let at = index + 1; at < this.#rows.length; at++) {
      const next = this.#placement.placed.get(at)
      if (next)
        return `No such segment was seen before row ${this.#rows[at]?.row.label} (${momentText(next.moment.at)}).`
    }
    return 'No such segment was seen.'
  }

  /** A segment in the ladder's notation, with where and when. */
  textOf(moment: Moment): string {
    const row = rowOfSegment(moment.segment, this.#alignment.bindings, null, this.#scene)
    const verb = moment.kind === 'departure' ? 'left' : 'arrived at'
    return `${rowText(row)}, which ${verb} ${this.#scene.hosts[moment.side]} at ${momentText(moment.at)}`
  }

  #toMatch(
    { row, because }: ExpectedRow,
    index: number,
    placed: Placed | null,
    finding: StateFinding,
    since: BySide<number>,
  ): RowMatch {
    const { calls, problems } = this.#calls(row, index, placed, since)
    const verdict = problems.length > 0 && this.#maybeCalled(row, index) ? 'waiting' : finding.verdict
    const isWaiting = verdict === 'waiting'
    const all = isWaiting ? [] : [...finding.problems, ...problems]
    const wasSeen = row.segment ? placed !== null : !isWaiting
    const seen = wasSeen ? observedRow(row, placed, finding.states, calls, this.#scene) : null
    const arrived = placed?.circumstances.arrived?.arrived ?? null
    const entries = [
      placed?.moment.at.n,
      arrived?.n,
      ...SIDES.map(side => (row[side].state === null ? undefined : finding.states[side]?.change?.n)),
      ...SIDES.map(side => calls[side]?.n),
    ]
    const extras = this.#placement.extras.get(index) ?? []
    const nothing = extras.map(moment => this.textOf(moment)).join('; ')
    return {
      n: row.n,
      label: row.label,
      verdict: !isWaiting && problems.length > 0 ? 'failed' : verdict,
      expected: rowText(row),
      observed: seen ? rowText(seen) : nothing,
      tMs: placed?.moment.at.tMs ?? finding.change?.tMs ?? null,
      arrivedMs: arrived?.tMs ?? null,
      segment: placed?.moment.segment.id ?? null,
      entries: [...new Set(entries.filter(n => n !== undefined))].sort((a, b) => a - b),
      problems: all,
      repeats: [],
      row,
      seen,
      because,
    }
  }

  /** A call comes after the row before, and after the last change that earlier rows have shown at its peer. */
  #calls(row: Row, index: number, placed: Placed | null, changed: BySide<number>) {
    const calls: Record<PeerSide, SocketCall | null> = { left: null, right: null }
    const problems: string[] = []
    // Without its segment there is no place at which the call should be.
    if (row.segment && !placed) return { calls, problems }
    const before = index < this.#firstSegment ? null : (placedBefore(this.#placement, index)?.moment ?? null)
    const isFirst = before === null && index === this.#firstSegment
    const until = placed?.moment ?? this.#nextMoment(index)
    for (const side of SIDES) {
      const found = findCall(
        side,
        row,
        isFirst ? lastSentBefore(side, this.#alignment.start, this.#scene) : before,
        until,
        changed[side],
        this.#scene,
      )
      calls[side] = found?.call ?? null
      if (found?.problem) problems.push(found.problem)
    }
    return { calls, problems }
  }

  /** What shows no segment, and has held all along, is not over before the call or the next row has come. */
  #maybeCalled(row: Row, index: number): boolean {
    return !this.#scene.complete && row.segment === null && this.#nextMoment(index) === null
  }

  #nextMoment(index: number): Moment | null {
    if (index < this.#firstSegment) return this.#alignment.start
    for (let at = index + 1; at < this.#rows.length; at++) {
      const placed = this.#placement.placed.get(at)
      if (placed) return placed.moment
    }
    return null
  }
}

const NO_STATES: BySide<null> = { left: null, right: null }
const NO_FINDING: StateFinding = { verdict: 'ok', problems: [], states: NO_STATES, change: null }

function isSettled(placed: Placed | undefined): boolean {
  return placed !== undefined && placed.circumstances.waitsFor.length === 0
}
