import { UsageError } from '../errors.ts'
import { nearest } from '../ladder/nearest.ts'
import { type Link, type Netem, netemTowards, netemWords } from './netem.ts'

/** Refuses a link that the wire could not make: tc would say less, and only once the hosts are there. */
export function checkLink(link: Link, hosts: readonly string[]): void {
  requireObject('link', link)
  const { to = {}, ...all } = link
  checkFields('', all, ['to'])
  requireObject('link.to', to)
  for (const [host, netem] of Object.entries(to)) {
    if (!hosts.includes(host)) throw unknown(`link.to names '${host}', which is no endpoint of the lab.`, host, hosts)
    requireObject(`link.to.${host}`, netem)
    checkFields(`to.${host}.`, netem, [])
  }
  for (const host of hosts) checkTogether(netemTowards(link, host), to[host] ? `link.to.${host}` : 'link')
}

interface Field {
  /** How the first word must look. */
  readonly begins: RegExp
  readonly examples: string
}

/** No unit would mean microseconds: nobody who writes '20' wants that. */
const TIME = /^\d+(\.\d+)?(s|secs?|ms|msecs?|us|usecs?)$/
const PERCENT = /^\d+(\.\d+)?%$/

const FIELDS: Readonly<Record<keyof Netem, Field>> = {
  delay: { begins: TIME, examples: "'20ms', '100ms 10ms 25%', '100ms 10ms distribution normal'" },
  jitter: { begins: TIME, examples: "'5ms', '5ms 25%'" },
  loss: { begins: /^(\d+(\.\d+)?%|random|state|gemodel)$/, examples: "'1%', '1% 25%', 'gemodel 1% 10%'" },
  rate: { begins: /^\d+(\.\d+)?[kmgt]?i?(bit|bps)$/i, examples: "'1mbit', '100kbit'" },
  reorder: { begins: PERCENT, examples: "'25%', '25% 50% gap 5'" },
  duplicate: { begins: PERCENT, examples: "'1%'" },
  corrupt: { begins: PERCENT, examples: "'0.1%'" },
  limit: { begins: /^\d+$/, examples: "'1000'" },
}
const NAMES = Object.keys(FIELDS)

function checkFields(place: string, netem: Netem, others: readonly string[]): void {
  for (const [name, text] of Object.entries(netem)) {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof Netem] : undefined
    if (!field) throw unknown(`link.${place}${name} is nothing that a link has.`, name, [...NAMES, ...others])
    if (text !== undefined) checkField(`${place}${name}`, text, field)
  }
}

function checkField(name: string, text: unknown, { begins, examples }: Field): void {
  const words = netemWords(name, text)
  if (!begins.test(words[0] ?? '')) {
    throw new UsageError('LINK', `link.${name} is '${String(text)}', which tc-netem(8) would not take.`, {
      hint: `Write for example ${examples}.`,
    })
  }
  const another = words.find(word => NAMES.includes(word))
  if (another === undefined) return
  throw new UsageError('LINK', `link.${name} says '${another}', which is a field of its own.`, {
    hint: `Write { ${another}: '…' } beside it.`,
  })
}

/** What is right by itself, but not with the rest. */
function checkTogether({ delay, jitter, reorder }: Netem, place: string): void {
  if (reorder !== undefined && delay === undefined) {
    throw new UsageError('LINK', `${place} reorders, but has no delay: nothing can overtake what does not wait.`, {
      hint: "Add for example delay: '20ms'.",
    })
  }
  if (jitter === undefined) return
  if (delay === undefined) {
    throw new UsageError('LINK', `${place} has jitter, but no delay that could vary.`, {
      hint: "Add for example delay: '20ms'.",
    })
  }
  if (netemWords('delay', delay).length > 1) {
    throw new UsageError('LINK', `${place} has jitter twice: within delay, and by itself.`, {
      hint: 'With jitter, delay is one word.',
    })
  }
}

function requireObject(name: string, given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return
  throw new UsageError('LINK', `${name} is ${String(given)}, and should be an object.`, {
    hint: "Write for example link: { delay: '20ms' }.",
  })
}

function unknown(message: string, name: string, known: readonly string[]): UsageError {
  const meant = nearest(name, known)
  const hint = meant === null ? `Known are ${known.join(', ')}.` : `Did you mean ${meant}?`
  return new UsageError('LINK', message, { hint })
}
