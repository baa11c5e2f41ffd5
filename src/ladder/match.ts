import { addressOf, endsOf, portOf } from '../evidence/connections.ts'
import type { ConnectionId, Evidence } from '../evidence/evidence.ts'
import { connectionsBetween, evidenceOf } from '../evidence/connections.ts'
import { latest } from '../evidence/instants.ts'
import { align } from './align.ts'
import { wrongInAnyOrder } from './any-order.ts'
import { findCall, lastSentBefore } from './calls.ts'
import { type Departure, type ExpectedRow, withDepartures } from './departures.ts'
import type { Ladder, Row } from './ladder.ts'
import { type Hosts, type Moment, momentsOf, type Scene } from './moments.ts'
import { placeRows } from './placed.ts'
import { RowJudge } from './rows.ts'
import { beginningStates, SIDES, wrongAtBeginning } from './state-rows.ts'
import { stepsOf } from './steps.ts'
import { Tail } from './tail.ts'
import type { Failure, LadderMatch, RowMatch } from './verdict.ts'
import { failureOf, toExtras, toRepeats } from './outcome.ts'

export type { Departure } from './departures.ts'
export type { LadderMatch } from './verdict.ts'

export interface MatchOptions {
  /** The lab's hosts at the ladder's left and right. */
  readonly peers: Hosts
  readonly repeats?: 'forbidden' | 'allowed'
  readonly departs?: readonly Departure[]
  /** False while the run goes on: rows that were not reached yet are waited for. */
  readonly complete?: boolean
  /** Nothing more would have come, however long one had waited. */
  readonly hasStoodStill?: boolean
  /**
   * Whether what a peer sends in direct answer to the last row must have a row too. As a rule it need not: figures 6 and
   * 9 end with segments that are answered.
   */
  readonly tail?: 'ignored' | 'strict'
}

/** Holds a ladder against the evidence: of the connections between its peers the one that fits, or fits best. */
export function matchLadder(ladder: Ladder, evidence: Evidence, options: MatchOptions): LadderMatch {
  const rows = withDepartures(ladder, options.departs ?? [])
  const { left, right } = options.peers
  const connections = connectionsBetween(evidence, left, right)
  const candidates = connections.map(connection => new Candidate(ladder, rows, evidence, connection, options))
  const [best] = candidates.toSorted(
    (a, b) => Number(b.match.ok) - Number(a.match.ok) || a.distance - b.distance || b.rowsOk - a.rowsOk,
  )
  if (best)
    return {
      ...best.match,
      firstFailure: whicheverFits(
        candidates.map(({ match }) => match),
        best.match,
      ),
    }
  const nothing = new Candidate(ladder, rows, evidence, couldBe(evidence, options.peers), options)
  return { ...nothing.match, connection: null }
}

/** Of several that do not fit one may be in doubt, and the best. */
export function whicheverFits(all: readonly LadderMatch[], { firstFailure }: LadderMatch): Failure | null {
  return firstFailure && { ...firstFailure, inAnyOrder: all.every(match => match.firstFailure?.inAnyOrder) }
}

class Candidate {
  readonly match: LadderMatch
  /** How far the evidence is from the picture. */
  readonly distance: number

  constructor(
    ladder: Ladder,
    rows: readonly ExpectedRow[],
    evidence: Evidence,
    connection: ConnectionId,
    options: MatchOptions,
  ) {
    const scene = sceneOf(evidence, connection, options)
    const plain = rows.map(({ row }) => row)
    const steps = stepsOf(plain)
    const beginning = plain
      .slice(0, steps[0]?.rowIndex ?? 1)
      .findLast(row => row.left.state !== null || row.right.state !== null)
    const alignment = align(
      steps,
      scene,
      moment =>
        wrongAtBeginning(beginning, beginningStates(moment, scene)).length + missingCalls(steps[0]?.row, moment, scene),
    )
    const placement = placeRows(steps, alignment)
    const judge = new RowJudge(rows, placement, alignment, scene)
    const tail = new Tail(placement, alignment, scene)
    const judged: RowMatch[] = rows.map((_, index) => {
      const row = judge.judge(index)
      return row.row.segment ? row : tail.upTo(row, index)
    })
    if (options.tail === 'strict') tail.answerTo(rows.length - 1)
    const repeats = toRepeats(placement, alignment, judged, scene)
    const extras = toExtras(placement, alignment, judged, scene)
    const firstFailure: Failure | null = failureOf(judged, extras, row =>
      wrongInAnyOrder(steps, alignment.start, scene).has(row),
    )
    this.match = {
      ok: judged.every(({ verdict }) => verdict === 'ok') && firstFailure === null,
      isOver: judged.every(({ verdict }) => verdict === 'ok' || verdict === 'unseen') && firstFailure === null,
      connection,
      ladder,
      rows: judged.map(row => ({ ...row, repeats: repeats.filter(repeat => repeat.row === row.label) })),
      extras,
      repeats,
      firstFailure,
      bindings: alignment.bindings,
    }
    this.distance = alignment.cost + judged.filter(({ verdict }) => verdict === 'failed').length
  }

  get rowsOk(): number {
    return this.match.rows.filter(({ verdict }) => verdict === 'ok').length
  }
}

/** A first row that begins with a call does not begin where a segment is only sent again. */
function missingCalls(row: Row | undefined, start: Moment, scene: Scene): number {
  if (!row) return 0
  return SIDES.filter(side => findCall(side, row, lastSentBefore(side, start, scene), start, -1, scene)?.problem).length
}

function sceneOf(evidence: Evidence, connection: ConnectionId, options: MatchOptions): Scene {
  const own = evidenceOf(evidence, connection)
  return {
    evidence: own,
    connection,
    hosts: options.peers,
    moments: momentsOf(own.segments, options.peers),
    repeats: options.repeats === 'allowed',
    complete: options.complete ?? true,
    hasStoodStill: options.hasStoodStill ?? false,
    latest: latest(evidence),
  }
}

/** The connection that there would be: to whichever port is listened at. It lets row 1 be told before there is one. */
function couldBe({ hosts, states }: Evidence, peers: Hosts): ConnectionId {
  const endOf = (host: string) => {
    const listener = states.find(change => change.host === host && endsOf(change.connection)[1] === '*')
    const [end] = endsOf(listener?.connection ?? ':0')
    return `${hosts[host] ?? addressOf(end)}:${portOf(end)}`
  }
  return `${endOf(peers.left)}-${endOf(peers.right)}`
}
