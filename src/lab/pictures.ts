import type { Evidence } from '../evidence/evidence.ts'
import { connectionsBetween } from '../evidence/connections.ts'
import { Bindings } from '../ladder/bindings.ts'
import type { Ladder } from '../ladder/ladder.ts'
import { type LadderMatch, matchLadder, whicheverFits } from '../ladder/match.ts'
import { parseLadder } from '../ladder/parse.ts'
import { hostNames, PEERS, peersOf } from './hosts.ts'
import type { LabSpec } from './lab.ts'

/** The pictures of which a run may make one come true. An empty one asks for nothing: then checks alone decide. */
export class Pictures {
  readonly #ladders: readonly Ladder[]
  readonly #spec: LabSpec
  readonly #hosts: readonly string[]

  constructor(spec: LabSpec) {
    this.#spec = spec
    this.#hosts = hostNames(spec)
    const drawn = [spec.ladder, ...(spec.orElse ?? [])]
    this.#ladders = drawn.map(text => (text === '' ? NO_PICTURE : parseLadder(text)))
  }

  get first(): Ladder {
    return this.#ladders[0] ?? NO_PICTURE
  }

  /** The one that has come true, or has come furthest. */
  match(evidence: Evidence, complete: boolean, hasStoodStill: boolean): LadderMatch {
    const { repeats = 'forbidden', departs = [] } = this.#spec
    const matches = this.#ladders.map(ladder =>
      ladder === NO_PICTURE
        ? nothingToMatch(evidence)
        : matchLadder(ladder, evidence, {
            peers: peersOf(ladder, this.#hosts),
            repeats,
            departs,
            complete,
            hasStoodStill,
          }),
    )
    const [best = nothingToMatch(evidence)] = matches.toSorted(
      (a, b) => rank(b) - rank(a) || rowsThatHold(b) - rowsThatHold(a),
    )
    return { ...best, firstFailure: whicheverFits(matches, best) }
  }
}

export const NO_PICTURE: Ladder = { peers: [PEERS.left, PEERS.right], rows: [], text: '' }

function nothingToMatch(evidence: Evidence): LadderMatch {
  const [connection = null] = connectionsBetween(evidence, PEERS.left, PEERS.right)
  const nothing = { rows: [], extras: [], repeats: [], firstFailure: null, bindings: Bindings.none }
  return { ok: true, isOver: true, connection, ladder: NO_PICTURE, ...nothing }
}

function rank({ isOver, firstFailure }: LadderMatch): number {
  if (firstFailure) return 0
  return isOver ? 2 : 1
}

function rowsThatHold({ rows }: LadderMatch): number {
  return rows.filter(({ verdict }) => verdict === 'ok').length
}
