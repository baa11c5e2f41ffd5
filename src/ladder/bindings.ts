import { add, distance, type Seq, seq } from '../tcp/seq.ts'
import type { NumberExpr, PeerSide } from './ladder.ts'

/** Plain numbers this close together count from one another, as 91 does from 100 in figure 8; 400 after 300 does not. */
const NEAR = 50
/** How far from a known number another one is still told as a sum of it: more than a window without scaling. */
const TELLABLE = 65_536

interface Known {
  readonly expr: NumberExpr
  /** Whose sequence numbers it is one of: SEQ of a segment from the left and ACK of one from the right are the left's. */
  readonly space: PeerSide
  readonly value: Seq
}

/** What names and numbers of a picture stand for in one connection. Immutable: an alignment tries many. */
export class Bindings {
  static readonly none = new Bindings([], '')

  readonly #known: readonly Known[]
  /** Equal for equal bindings. */
  readonly key: string

  private constructor(known: readonly Known[], key: string) {
    this.#known = known
    this.key = key
  }

  /** What the picture's number must be here; null if nothing is known yet that it counts from. */
  valueOf(expr: NumberExpr, space: PeerSide): Seq | null {
    if (expr.kind === 'name') {
      const base = this.#known.find(known => known.expr.kind === 'name' && known.expr.name === expr.name)
      return base ? add(base.value, expr.plus) : null
    }
    const base = this.#nearestNumber(expr.value, space)
    return base ? add(base.value, expr.value - base.printed) : null
  }

  /** With a number that was seen where the picture has `expr`. What is bound already stays as it is. */
  bind(expr: NumberExpr, space: PeerSide, seen: number): Bindings {
    const expected = this.valueOf(expr, space)
    if (expr.kind === 'name') {
      if (expected !== null) return this
      const base: NumberExpr = { kind: 'name', name: expr.name, plus: 0 }
      return this.#with({ expr: base, space, value: add(seq(seen), -expr.plus) })
    }
    if (this.#known.some(known => known.space === space && isNumber(known.expr, expr.value))) return this
    // A number that counts from another becomes one that others count from.
    return this.#with({ expr, space, value: expected ?? seq(seen) })
  }

  /** A number that was seen, in the picture's own terms where it has any that are near. */
  describe(value: number, space: PeerSide): NumberExpr {
    let best: { readonly known: Known; readonly away: number } | null = null
    for (const known of this.#known) {
      if (known.space !== space) continue
      const away = distance(known.value, seq(value))
      const isNearer = best === null || Math.abs(away) < Math.abs(best.away)
      if (Math.abs(away) <= TELLABLE && isNearer) best = { known, away }
    }
    if (!best) return { kind: 'number', value }
    const { expr } = best.known
    if (expr.kind === 'name') return { ...expr, plus: best.away }
    const printed = expr.value + best.away
    return { kind: 'number', value: printed >= 0 ? printed : value }
  }

  #nearestNumber(printed: number, space: PeerSide): { readonly printed: number; readonly value: Seq } | null {
    let best: { readonly printed: number; readonly value: Seq } | null = null
    for (const known of this.#known) {
      if (known.space !== space || known.expr.kind !== 'number') continue
      const away = Math.abs(known.expr.value - printed)
      if (away > NEAR || (best && away >= Math.abs(best.printed - printed))) continue
      best = { printed: known.expr.value, value: known.value }
    }
    return best
  }

  #with(known: Known): Bindings {
    const { expr, space, value } = known
    const printed = expr.kind === 'name' ? expr.name : expr.value
    return new Bindings([...this.#known, known], `${this.key}${space[0]}${printed}=${value};`)
  }
}

function isNumber(expr: NumberExpr, value: number): boolean {
  return expr.kind === 'number' && expr.value === value
}
