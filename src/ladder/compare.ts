import type { Instant, SeenSegment } from '../evidence/evidence.ts'
import { type HeldState, isState, stateAfter, stateMeanwhile } from '../evidence/held-state.ts'
import { unseenText } from '../evidence/unseen.ts'
import { type Flag, flagsText } from '../tcp/segment.ts'
import { toLadder } from '../tcp/states.ts'
import type { Bindings } from './bindings.ts'
import {
  arrives,
  departs,
  isLost,
  otherSide,
  type PeerSide,
  receiverSide,
  type Row,
  type RowSegment,
  senderSide,
} from './ladder.ts'
import { isCopy, isOpen, mayStillBeSeen, type Moment, type Scene } from './moments.ts'
import { numberText } from './notation.ts'
import { momentText, witnessText } from './words.ts'

/** One thing in which a row and what happened differ. */
export interface Problem {
  readonly field: string
  readonly sentence: string
}

export type SegmentRow = Row & { readonly segment: RowSegment }

/** What does not depend on how numbers are bound: computed once for a row and a moment. */
export interface Circumstances {
  readonly problems: readonly Problem[]
  readonly waitsFor: readonly string[]
  /** What no witness can decide, in sentences. */
  readonly doubts: readonly string[]
  /** The segment whose arrival the row shows: a later copy, where copies are allowed and the first one died. */
  readonly arrived: SeenSegment | null
  readonly states: Readonly<Record<PeerSide, HeldState | null>>
}

export function compareNumbers(
  { segment: row }: SegmentRow,
  seen: SeenSegment,
  bindings: Bindings,
): { readonly problems: readonly Problem[]; readonly bindings: Bindings } {
  const sender = senderSide(row)
  const problems: Problem[] = []
  let bound = bindings
  const numbers = [
    { field: 'SEQ', expr: row.seq, value: seen.seq, space: sender },
    { field: 'ACK', expr: row.ack, value: seen.ack, space: otherSide(sender) },
  ]
  for (const { field, expr, value, space } of numbers) {
    if (expr === null) continue
    if (value === null) {
      const sentence = `${field}: expected ${numberText(expr)}, observed none (the segment carries no ACK flag).`
      problems.push({ field, sentence })
      continue
    }
    const expected = bound.valueOf(expr, space)
    if (expected !== null && expected !== value) {
      const observed = numberText(bound.describe(value, space))
      const known = `${numberText(expr)} (${expected})`
      problems.push({ field, sentence: `${field}: expected ${known}, observed ${observed} (${value}) on the wire.` })
    }
    bound = bound.bind(expr, space, value)
  }
  return { problems, bindings: bound }
}

export function circumstancesOf(row: SegmentRow, moment: Moment, scene: Scene): Circumstances {
  const problems: Problem[] = []
  const waitsFor: string[] = []
  const doubts: string[] = []
  const take = ({ problem, waitFor }: Finding) => {
    if (problem) problems.push(problem)
    if (waitFor) waitsFor.push(waitFor)
  }
  const seen = moment.segment
  problems.push(...compareContent(row.segment, seen))
  const arrived = arrivalOf(row.segment, seen, scene)
  take(compareFate(row.segment, seen, arrived, scene))
  const left = stateAt('left', row, moment, arrived, scene)
  const right = stateAt('right', row, moment, arrived, scene)
  for (const [side, at] of [
    ['left', left],
    ['right', right],
  ] as const) {
    const expected = row[side].state
    if (expected === null || at === null) continue
    const host = scene.hosts[side]
    const { unseen } = at.held
    if (unseen) {
      if (mayStillBeSeen(unseen, scene)) waitsFor.push(`${toLadder(expected)} at ${host}`)
      else doubts.push(unseenText(unseen))
      continue
    }
    if (isState(at.held, expected)) continue
    const sentence = `State at ${host}: expected ${toLadder(expected)}, observed ${witnessText(at.held)}.`
    if (isOpen(at.instant, scene)) waitsFor.push(`${toLadder(expected)} at ${host}`)
    else problems.push({ field: `${side} state`, sentence })
  }
  return { problems, waitsFor, doubts, arrived, states: { left: left?.held ?? null, right: right?.held ?? null } }
}

/** What a segment is, but for its numbers. */
export function compareContent({ flags, data }: RowSegment, seen: SeenSegment): Problem[] {
  return [compareFlags(flags, seen.flags), compareData(data, seen.length)].flatMap(({ problem }) => problem ?? [])
}

interface Finding {
  readonly problem?: Problem
  readonly waitFor?: string
}

/**
 * PSH says how the sender's buffer stood, not where the exchange stands, and Linux sets it on whatever empties its queue:
 * the figures never show it, so it counts only where a row names it.
 */
function compareFlags(expected: readonly Flag[], observed: readonly Flag[]): Finding {
  const counted = expected.includes('PSH') ? observed : observed.filter(flag => flag !== 'PSH')
  if (counted.length === expected.length && counted.every(flag => expected.includes(flag))) return {}
  const sentence = `CTL: expected ${expected.join(',')}, observed ${flagsText(observed)} on the wire.`
  return { problem: { field: 'CTL', sentence } }
}

function compareData(expected: RowSegment['data'], observed: number): Finding {
  const fits = expected === 'some' ? observed > 0 : observed === (expected ?? 0)
  if (fits) return {}
  const wanted = expected === 'some' ? 'some bytes' : `${expected ?? 0} bytes`
  return { problem: { field: 'DATA', sentence: `DATA: expected ${wanted}, observed ${observed} bytes on the wire.` } }
}

function arrivalOf(row: RowSegment, seen: SeenSegment, { repeats, evidence }: Scene): SeenSegment | null {
  if (!arrives(row)) return null
  if (seen.arrived || !repeats) return seen.arrived ? seen : null
  return evidence.segments.find(other => other.arrived && isCopy(other, seen)) ?? null
}

function compareFate(row: RowSegment, seen: SeenSegment, arrived: SeenSegment | null, scene: Scene): Finding {
  if ((!arrives(row) && !isLost(row)) || (arrives(row) && arrived)) return {}
  const fate = (expected: string, observed: string): Finding => ({
    problem: { field: 'fate', sentence: `Fate: expected ${expected}, observed that ${observed}.` },
  })
  if (isLost(row)) {
    if (seen.arrived) return fate('its loss (XXX)', `it arrived at ${momentText(seen.arrived)}`)
    if (seen.lost) return {}
  } else if (seen.lost) {
    if (scene.repeats && !scene.complete) return { waitFor: 'a copy that arrives' }
    return fate('its arrival', `it was lost (${seen.lost.by})${scene.repeats ? ', and so were its copies' : ''}`)
  }
  if (!scene.complete) return { waitFor: isLost(row) ? 'its loss' : 'its arrival' }
  return fate(isLost(row) ? 'its loss (XXX)' : 'its arrival', 'its fate was not witnessed')
}

/** Null where there is nothing to be the state after: the segment did not arrive. */
function stateAt(
  side: PeerSide,
  row: SegmentRow,
  moment: Moment,
  arrived: SeenSegment | null,
  { evidence, hosts, connection }: Scene,
): { readonly held: HeldState; readonly instant: Instant } | null {
  const host = hosts[side]
  const after = (instant: Instant) => ({ held: stateAfter(evidence, host, connection, instant), instant })
  const meanwhile = (instant: Instant) => {
    const held = stateMeanwhile(evidence, host, connection, instant)
    const { state } = row[side]
    if (evidence.atOnceMs === undefined || state === null || isState(held, state)) return { held, instant }
    // Where an engine tells hosts late a moment is long: what was so at its very time is as true.
    const then = stateMeanwhile(evidence, host, connection, instant, {})
    return { held: isState(then, state) ? then : held, instant }
  }
  if (side === receiverSide(row.segment)) {
    if (!arrives(row.segment)) return meanwhile(moment.at)
    return arrived?.arrived ? after(arrived.arrived) : null
  }
  return departs(row.segment) ? after(moment.at) : meanwhile(moment.at)
}
