declare const brand: unique symbol

/**
 * A sequence number: a point on a circle of 2^32 (RFC 9293, section 3.4). The brand keeps plain arithmetic out: a sum or
 * a comparison that forgets the wrap is right for most connections and wrong for one in a few thousand.
 */
export type Seq = number & { readonly [brand]: 'Seq' }

/** The point that an integer stands for; negative ones count backwards from 0. */
export function seq(n: number): Seq {
  return (n >>> 0) as Seq
}

export function add(a: Seq, n: number): Seq {
  return seq(a + n)
}

/** The shorter way round, from -2^31 to 2^31 - 1: positive where `to` comes after `from`. */
export function distance(from: Seq, to: Seq): number {
  return (to - from) | 0
}

/** Of two points that lie exactly opposite neither is before the other: the RFC's comparison has no answer there. */
export function isBefore(a: Seq, b: Seq): boolean {
  return distance(a, b) > 0
}
