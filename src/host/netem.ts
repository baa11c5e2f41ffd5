import { UsageError } from '../errors.ts'
import type { HostPlace } from './network.ts'
import type { Command } from './shell.ts'

/** What befalls segments on a link. Each field holds what follows its keyword in tc-netem(8): `'100ms 10ms 25%'`. */
export interface Netem {
  readonly delay?: string
  /** What follows the first word of `delay`. */
  readonly jitter?: string
  readonly loss?: string
  readonly rate?: string
  readonly reorder?: string
  readonly duplicate?: string
  readonly corrupt?: string
  /** How many segments may be under way at once. */
  readonly limit?: string
}

/** What the link does in every direction, and what is different in the one that leads to a host. */
export interface Link extends Netem {
  readonly to?: Readonly<Record<string, Netem>>
}

/**
 * Impairs each direction by a netem of its own, on the wire's way out. Never at an endpoint: what netem loses on the
 * sender's own interface is reported to its TCP, which then behaves as if nothing had been lost.
 */
export function linkCommands(self: HostPlace, endpoints: readonly HostPlace[], link: Link): Command[] {
  const impairments = endpoints.map(({ name }) => netemArguments(netemTowards(link, name)))
  if (impairments.every(words => words.length === 0)) return []
  const device = `dev ${self.device}`
  // prio has at least two bands; whatever no filter claims goes to the first.
  const root = `qdisc add ${device} root handle 1: prio bands ${Math.max(2, endpoints.length)} priomap${' 0'.repeat(16)}`
  const leaves = endpoints.flatMap(({ address }, index) => {
    const band = index + 1
    const words = impairments[index] ?? []
    const netem = `qdisc add ${device} parent 1:${band} handle ${index + 10}: netem ${words.join(' ')}`
    const filter = `filter add ${device} parent 1: protocol ip prio ${band} u32 match ip dst ${address}/32 flowid 1:${band}`
    return words.length > 0 ? [netem, filter] : [filter]
  })
  return [{ program: 'tc', args: ['-batch', '-'], stdin: [root, ...leaves] }]
}

/** What the link does to segments for a host. */
export function netemTowards({ to, ...all }: Link, host: string): Netem {
  return { ...all, ...to?.[host] }
}

/** A field's words, which come from a lab file and go to tc: none of them may be anything else than a word. */
export function netemWords(field: string, text: unknown): string[] {
  // A lab file may give anything.
  const words = String(text).trim().split(/\s+/)
  const wrong = words.find(word => !/^[\w.%+-]+$/.test(word))
  if (wrong === undefined) return words
  throw new UsageError('LINK', `link.${field} has '${wrong}' in it, which is no word of tc-netem(8).`, {
    hint: "Words are of letters, digits, '.', '%', '+' and '-', with spaces between them.",
  })
}

/** netem's own limit, 1000, is less than a flood. */
const QUEUE_LENGTH = '100000'
const KEYWORDS = ['loss', 'corrupt', 'duplicate', 'reorder', 'rate'] as const

function netemArguments(netem: Netem): string[] {
  const given = (field: keyof Netem) => (netem[field] === undefined ? [] : netemWords(field, netem[field]))
  const after = (keyword: string, words: readonly string[]) => (words.length > 0 ? [keyword, ...words] : [])
  const words = [
    ...after('delay', [...given('delay'), ...given('jitter')]),
    ...KEYWORDS.flatMap(keyword => after(keyword, given(keyword))),
  ]
  if (words.length === 0 && netem.limit === undefined) return []
  return ['limit', ...(netem.limit === undefined ? [QUEUE_LENGTH] : given('limit')), ...words]
}
