import type { Flag } from '../tcp/segment.ts'
import { type HostPlace, LOSS_MARK } from './network.ts'
import type { Command } from './shell.ts'

/** What the link between two endpoints does to every segment, in tc-netem(8)'s own words. */
export interface Link {
  readonly delay?: string
}

/** The next segments in one direction with exactly these flags, of which the nth is meant. */
export interface Pattern {
  readonly from: string
  readonly to: string
  readonly exactly: readonly Flag[]
  /** Counts from 1, from the moment the fault is armed. */
  readonly nth: number
}

/**
 * Impairs each direction by a netem of its own, on the wire's way out. Never at an endpoint: what netem loses on the
 * sender's own interface is reported to its TCP, which then behaves as if nothing had been lost.
 */
export function linkCommands(self: HostPlace, endpoints: readonly HostPlace[], link: Link): Command[] {
  if (!link.delay) return []
  const bands = endpoints.length
  const device = `dev ${self.device}`
  // prio has at least two bands; whatever no filter claims goes to the first.
  const root = `qdisc add ${device} root handle 1: prio bands ${Math.max(2, bands)} priomap${' 0'.repeat(16)}`
  const leaves = endpoints.flatMap((host, index) => [
    `qdisc add ${device} parent 1:${index + 1} handle ${index + 10}: netem limit ${QUEUE_LENGTH} delay ${link.delay}`,
    `filter add ${device} parent 1: protocol ip prio ${index + 1} u32 match ip dst ${host.address}/32 flowid 1:${index + 1}`,
  ])
  return [{ program: 'tc', args: ['-batch', '-'], stdin: [root, ...leaves] }]
}

/** Loses the nth match and nothing else: numgen counts, and counts on past it. */
export function loseCommands(self: HostPlace, { from, to, exactly, nth }: Pattern): Command[] {
  const wanted = exactly.filter(flag => flag !== 'PSH').map(flag => NFT_FLAGS[flag])
  const rule = [
    `add rule ip handwave faults iifname "${self.device}" ip saddr ${from} ip daddr ${to}`,
    `tcp flags & (${ALL_BUT_PUSH.join('|')}) == ${wanted.length > 0 ? `(${wanted.join('|')})` : '0x0'}`,
    `numgen inc mod ${NEVER_AGAIN} ${nth - 1} meta mark set ${LOSS_MARK}`,
  ]
  return [{ program: 'nft', args: ['-f', '-'], stdin: [rule.join(' ')] }]
}

/** netem's own default, 1000, is less than a flood. */
const QUEUE_LENGTH = 100_000
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
