import type { Flag } from '../tcp/segment.ts'
import { HOLD_MARK, type HostPlace, LOSS_MARK, REFUSAL_MARK } from './network.ts'
import { nft } from './nft.ts'
import type { Command } from './shell.ts'

/** The next segments in one direction with exactly these flags, of which the nth is meant. */
export interface Pattern {
  readonly from: string
  readonly to: string
  readonly exactly: readonly Flag[]
  /** Counts from 1, from the moment the fault is armed. */
  readonly nth: number
}

/** Loses the nth match and nothing else: numgen counts, and counts on past it. */
export function loseCommands(self: HostPlace, pattern: Pattern): Command[] {
  return [nft([`add rule ip handwave faults ${nthMatch(self, pattern)} meta mark set ${LOSS_MARK}`])]
}

/** Says of the nth match that there is no way to where it is going, as a router does. */
export function refuseCommands(self: HostPlace, pattern: Pattern): Command[] {
  return [nft([`add rule ip handwave faults ${nthMatch(self, pattern)} meta mark set ${REFUSAL_MARK}`])]
}

/**
 * Keeps the nth match back: it goes no further, and whoever wants it to arrive after all sends it again from the tap's
 * copy. Of a segment that is to be lost as well it is the holding that counts.
 */
export function holdCommands(self: HostPlace, pattern: Pattern): Command[] {
  return [nft([`add rule ip handwave holds ${nthMatch(self, pattern)} meta mark set ${HOLD_MARK}`])]
}

function nthMatch(self: HostPlace, { from, to, exactly, nth }: Pattern): string {
  const wanted = exactly.filter(flag => flag !== 'PSH').map(flag => NFT_FLAGS[flag])
  return [
    `iifname "${self.device}" ip saddr ${from} ip daddr ${to}`,
    `tcp flags & (${ALL_BUT_PUSH.join('|')}) == ${wanted.length > 0 ? `(${wanted.join('|')})` : '0x0'}`,
    `numgen inc mod ${NEVER_AGAIN} ${nth - 1}`,
  ].join(' ')
}

const NEVER_AGAIN = 1_000_000_000

const NFT_FLAGS: Record<Flag, string> = {
  FIN: 'fin',
  SYN: 'syn',
  RST: 'rst',
  PSH: 'psh',
  ACK: 'ack',
  URG: 'urg',
  ECE: 'ecn',
  CWR: 'cwr',
}
/** PSH says nothing about the exchange; Linux sets it on the last segment of a write. */
const ALL_BUT_PUSH = Object.values(NFT_FLAGS).filter(flag => flag !== 'psh')
