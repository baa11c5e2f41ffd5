import { UsageError } from '../errors.ts'
import type { Direction } from './cuts.ts'
import { type HostPlace, LOSS_MARK } from './network.ts'
import { nft } from './nft.ts'
import type { Command } from './shell.ts'

export interface RandomLoss {
  readonly percent: number
  /** The same seed loses the same segments, always and everywhere. */
  readonly seed: number
}

/**
 * Which of the first so many segments are lost, counted from 1. Each is drawn by itself. Streams of one seed, one for
 * each direction, have nothing to do with each other.
 */
export function lossOrdinals({
  percent,
  seed,
  among,
  stream = 0,
}: RandomLoss & { readonly among: number; readonly stream?: number }): number[] {
  if (!(percent >= 0 && percent <= 100)) {
    throw new UsageError('LOSS', `${percent} percent of all segments cannot be lost.`, { hint: 'Say 0 to 100.' })
  }
  if (!Number.isInteger(seed)) {
    throw new UsageError('LOSS', `${seed} is no seed.`, { hint: 'A seed is a whole number.' })
  }
  const draw = mulberry32(scramble(seed) ^ scramble(stream + 1))
  return Array.from({ length: among }, (_, index) => index + 1).filter(() => draw() < percent / 100)
}

/** Loses these of the next segments, and of every further round of so many the same again. One rule for one direction. */
export function randomLossCommands(
  self: HostPlace,
  { from, to }: Direction,
  ordinals: readonly number[],
  among: number,
): Command[] {
  if (ordinals.length === 0) return []
  const lost = ordinals.map(ordinal => ordinal - 1).join(', ')
  const rule = [
    `add rule ip handwave faults iifname "${self.device}" ip saddr ${from} ip daddr ${to} ip protocol tcp`,
    `numgen inc mod ${among} { ${lost} } meta mark set ${LOSS_MARK}`,
  ]
  return [nft([rule.join(' ')])]
}

/**
 * Tommy Ettinger's mulberry32: 32 bits of state, a period of 2³², and few enough lines that it will never draw anything
 * else. Numbers from 0 up to, but not, 1.
 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Takes neighbouring numbers far apart (the finalizer of MurmurHash3). */
function scramble(number: number): number {
  let word = number | 0
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return word ^ (word >>> 16)
}
