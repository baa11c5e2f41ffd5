import type { Instant, StateChange, Unseen } from '../evidence/evidence.ts'
import { changesOf } from '../evidence/changes.ts'
import { type HeldState, isFirstState, isState, stateAfter, stateBefore } from '../evidence/held-state.ts'
import { latest, sameMoment } from '../evidence/instants.ts'
import { unseenOf, unseenText } from '../evidence/unseen.ts'
import type { TcpState } from '../tcp/states.ts'
import { toLadder } from '../tcp/states.ts'
import type { PeerSide, Row } from './ladder.ts'
import { mayStillBeSeen, type Moment, type Scene } from './moments.ts'
import type { Placed } from './placed.ts'
import { statesBefore } from './states-before.ts'
import type { RowVerdict } from './verdict.ts'
import { witnessText } from './words.ts'

/** A row of states alone, held against the evidence. */
export interface StateFinding {
  readonly verdict: RowVerdict
  readonly problems: readonly string[]
  readonly states: Readonly<Record<PeerSide, HeldState | null>>
  /** The change that made it true, or false; null where it says what already was. */
  readonly change: StateChange | null
}

export const SIDES = ['left', 'right'] as const

/** States with which a ladder begins: those just before its first segment, or now, if it has not begun. */
export function beginningStates(start: Moment | null, scene: Scene): Record<PeerSide, HeldState> {
  if (start) return statesBefore(start, scene)
  const last = latest(scene.evidence)
  const now: Instant = { n: (last?.n ?? 0) + 1, tMs: last?.tMs ?? 0 }
  const { evidence, connection, hosts } = scene
  return {
    left: stateBefore(evidence, hosts.left, connection, now),
    right: stateBefore(evidence, hosts.right, connection, now),
  }
}

export function wrongAtBeginning(row: Row | undefined, states: Record<PeerSide, HeldState>): PeerSide[] {
  if (!row) return []
  return SIDES.filter(side => {
    const expected = row[side].state
    return expected !== null && !states[side].unseen && !isFirstState(states[side], expected)
  })
}

export function checkBeginning(row: Row, start: Moment | null, scene: Scene): StateFinding {
  const states = beginningStates(start, scene)
  const wrong = wrongAtBeginning(row, states)
  if (wrong.length === 0) return asFarAsSeen(row, states, scene)
  if (start === null && !scene.complete) return checkSoFar(row, scene)
  const problems = wrong.map(side => stateProblem(row, side, states[side], scene, 'where the ladder begins'))
  return { verdict: 'failed', problems, states, change: null }
}

/**
 * The run goes on, and no segment has left yet: a row that has been true stays so, or it would be untrue for as long as a
 * call has changed the state and its segment is not out.
 */
function checkSoFar(row: Row, scene: Scene): StateFinding {
  const { evidence, connection, hosts } = scene
  const changes = SIDES.flatMap(side => changesOf(evidence, hosts[side], connection))
  for (const change of changes) {
    const states = {
      left: stateBefore(evidence, hosts.left, connection, change),
      right: stateBefore(evidence, hosts.right, connection, change),
    }
    if (wrongAtBeginning(row, states).length === 0) return asFarAsSeen(row, states, scene)
  }
  return { verdict: 'waiting', problems: [], states: { left: null, right: null }, change: null }
}

/** States above those with which the ladder begins: each must have been at some time before. */
export function checkEarlier(row: Row, start: Moment | null, scene: Scene): StateFinding {
  const { evidence, connection, hosts } = scene
  const until = start?.at.n ?? Number.POSITIVE_INFINITY
  const states = beginningStates(start, scene)
  const unseen: Unseen[] = []
  const problems = SIDES.flatMap(side => {
    const expected = row[side].state
    const been = changesOf(evidence, hosts[side], connection).filter(({ n }) => n < until)
    if (expected === null || (!states[side].unseen && isFirstState(states[side], expected))) return []
    if (been.length > 0 && (expected === been[0]?.from || been.some(({ to }) => to === expected))) return []
    const gaps = unseenOf(evidence, hosts[side], connection).filter(({ since }) => since.n < until)
    unseen.push(...gaps)
    if (gaps.length > 0) return []
    return [stateProblem(row, side, states[side], scene, 'before the ladder begins')]
  })
  if (problems.length > 0) return { verdict: 'failed', problems, states: NO_STATES, change: null }
  return { ...inDoubt(unseen, scene), states: NO_STATES, change: null }
}

const NO_STATES = { left: null, right: null }

function asFarAsSeen(row: Row, states: Record<PeerSide, HeldState>, scene: Scene): StateFinding {
  const unseen = SIDES.flatMap(side => (row[side].state === null ? [] : (states[side].unseen ?? [])))
  return { ...inDoubt(unseen, scene), states, change: null }
}

/** What no look at a table can decide is not wrong, and not right. */
function inDoubt(unseen: readonly Unseen[], scene: Scene): Pick<StateFinding, 'verdict' | 'problems'> {
  if (unseen.some(gap => mayStillBeSeen(gap, scene))) return { verdict: 'waiting', problems: [] }
  return { verdict: unseen.length > 0 ? 'unseen' : 'ok', problems: unseen.map(unseenText) }
}

/** A row of states between segments says what holds when the next row begins. */
export function checkBetween(row: Row, before: readonly Placed[], next: Moment | null, scene: Scene): StateFinding {
  const states = next ? statesBetween(before, next, scene) : beginningStates(null, scene)
  const wrong = SIDES.filter(side => {
    const expected = row[side].state
    return expected !== null && !states[side].unseen && !isState(states[side], expected)
  })
  if (wrong.length === 0) return asFarAsSeen(row, states, scene)
  if (!next && !scene.complete) return { verdict: 'waiting', problems: [], states, change: null }
  const problems = wrong.map(side => stateProblem(row, side, states[side], scene, 'before the next row'))
  return { verdict: 'failed', problems, states, change: null }
}

function statesBetween(before: readonly Placed[], next: Moment, scene: Scene): Record<PeerSide, HeldState> {
  const { evidence, connection, hosts } = scene
  const departed = { left: -1, right: -1 }
  const last: Record<PeerSide, Instant | null> = { left: null, right: null }
  for (const { moment, circumstances } of before) {
    departed[moment.side] = Math.max(departed[moment.side], moment.at.n)
    for (const side of SIDES) {
      const arrived = circumstances.arrived?.to === hosts[side] ? circumstances.arrived.arrived : null
      for (const at of [moment.side === side ? moment.at : null, arrived]) {
        if (at && at.n > (last[side]?.n ?? -1)) last[side] = at
      }
    }
  }
  const states = statesBefore(next, scene, departed)
  for (const side of SIDES) {
    // What an earlier row shows here may come after the next row begins, and so may the state after it.
    const at = last[side]
    if (at && at.n > next.at.n) states[side] = stateAfter(evidence, hosts[side], connection, at)
  }
  return states
}

/**
 * A row of states after the last segment says what comes next: the next change at each peer leads to the state named, or
 * the state holds and does not change until the row's other peer has come to its own.
 */
export function checkNext(
  row: Row,
  taken: Readonly<Record<PeerSide, HeldState | null>>,
  since: Readonly<Record<PeerSide, number>>,
  scene: Scene,
): StateFinding {
  const { evidence, connection, hosts } = scene
  const look = (side: PeerSide): Outlook | null => {
    const expected = row[side].state
    if (expected === null) return null
    const changes = changesOf(evidence, hosts[side], connection)
    const next = changes.find(({ n }) => n > since[side]) ?? null
    const held = taken[side] ?? heldAt(changes, since[side], side, scene)
    const after = next ? { ...held, state: next.to, change: next, unseen: null } : null
    return {
      expected,
      held,
      next,
      after,
      holds: isState(held, expected),
      comes: after !== null && isState(after, expected),
      // Whatever came first may be what nobody saw.
      unseen:
        unseenOf(evidence, hosts[side], connection).find(
          ({ since: begun, until }) => (until === null || until.n > since[side]) && (next === null || begun.n < next.n),
        ) ?? null,
    }
  }
  const looks = { left: look('left'), right: look('right') }
  const unseen = SIDES.flatMap(side => looks[side]?.unseen ?? [])
  const comes = SIDES.flatMap(side => {
    const found = looks[side]
    return found?.comes && found.next ? [found.next] : []
  })
  const change = comes.toSorted((a, b) => a.n - b.n).at(-1) ?? null
  const isWaiting = (outlook: Outlook) => outlook.next === null && !outlook.holds && !scene.complete
  const isRight = ({ comes, holds, next }: Outlook) =>
    comes || (holds && (next === null || (change !== null && next.n > change.n && !sameMoment(next, change))))
  const wrong = SIDES.filter(side => {
    const found = looks[side]
    return found !== null && found.unseen === null && !isRight(found)
  })
  const states = {
    left: looks.left && (looks.left.comes ? looks.left.after : looks.left.held),
    right: looks.right && (looks.right.comes ? looks.right.after : looks.right.held),
  }
  if (wrong.length === 0) return { ...inDoubt(unseen, scene), states, change }
  const settled = wrong.filter(side => {
    const found = looks[side]
    return found !== null && !isWaiting(found)
  })
  if (settled.length === 0) return { verdict: 'waiting', problems: [], states, change: null }
  const problems = settled.map(side => stateProblem(row, side, looks[side]?.after ?? looks[side]?.held, scene, 'next'))
  const observed = { left: looks.left?.after ?? states.left, right: looks.right?.after ?? states.right }
  const blamed = settled.map(side => looks[side]?.next ?? null).find(next => next !== null) ?? change
  return { verdict: 'failed', problems, states: observed, change: blamed }
}

interface Outlook {
  readonly expected: TcpState
  readonly held: HeldState
  readonly next: StateChange | null
  readonly after: HeldState | null
  readonly holds: boolean
  readonly comes: boolean
  readonly unseen: Unseen | null
}

function heldAt(changes: readonly StateChange[], n: number, side: PeerSide, scene: Scene): HeldState {
  const { evidence, connection, hosts } = scene
  const tMs = changes.findLast(change => change.n <= n)?.tMs ?? 0
  return stateBefore(evidence, hosts[side], connection, { n: n + 1, tMs })
}

function stateProblem(
  row: Row,
  side: PeerSide,
  observed: HeldState | null | undefined,
  { hosts }: Scene,
  where: string,
): string {
  const expected = row[side].state
  const wanted = expected === null ? 'none' : toLadder(expected)
  const seen = observed ? witnessText(observed) : 'none'
  return `State at ${hosts[side]} ${where}: expected ${wanted}, observed ${seen}.`
}
