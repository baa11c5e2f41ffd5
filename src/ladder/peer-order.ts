import type { PeerSide } from './ladder.ts'
import { areConcurrent, type Moment, type Scene } from './moments.ts'

/** How many moments of each peer are behind. */
export interface Position {
  readonly left: number
  readonly right: number
}

/**
 * The moments as each peer has them: its own order is certain. Between the peers the order of the evidence holds, but
 * for what is concurrent.
 */
export class PeerOrder {
  readonly #scene: Scene
  readonly #own: Readonly<Record<PeerSide, readonly Moment[]>>

  constructor(scene: Scene) {
    this.#scene = scene
    this.#own = {
      left: scene.moments.filter(({ side }) => side === 'left'),
      right: scene.moments.filter(({ side }) => side === 'right'),
    }
  }

  /** Where a beginning lies. What happens at the other peer in the same moment is not behind: it may come second. */
  before(start: Moment | undefined): Position {
    const count = (side: PeerSide) => {
      if (!start) return this.#own[side].length
      const isBefore = (moment: Moment) => moment.at.n < start.at.n && !areConcurrent(moment, start, this.#scene)
      const found = this.#own[side].findIndex(moment => !isBefore(moment))
      return found < 0 ? this.#own[side].length : found
    }
    return { left: count('left'), right: count('right') }
  }

  /** What comes next at each peer; out of order only what is concurrent with all that it overtakes. */
  next(position: Position): Moment[] {
    const found: Moment[] = []
    const [left, right] = [this.#own.left[position.left], this.#own.right[position.right]]
    if (left && this.#mayOvertake(left, 'right', position)) found.push(left)
    if (right && this.#mayOvertake(right, 'left', position)) found.push(right)
    return found
  }

  past({ left, right }: Position, moment: Moment): Position {
    return moment.side === 'left' ? { left: left + 1, right } : { left, right: right + 1 }
  }

  /** What is behind, and what is not. */
  split({ left, right }: Position): { readonly behind: Moment[]; readonly ahead: Moment[] } {
    return {
      behind: [...this.#own.left.slice(0, left), ...this.#own.right.slice(0, right)],
      ahead: [...this.#own.left.slice(left), ...this.#own.right.slice(right)],
    }
  }

  #mayOvertake(moment: Moment, other: PeerSide, position: Position): boolean {
    let index = position[other]
    for (let at = this.#own[other][index]; at && at.at.n < moment.at.n; at = this.#own[other][++index]) {
      if (!areConcurrent(at, moment, this.#scene)) return false
    }
    return true
  }
}
