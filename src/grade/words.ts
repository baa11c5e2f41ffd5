import type { Limit } from '../host/sandbox.ts'
import type { ProgramStory } from '../lab/stage-program.ts'

const LIMITS: Readonly<Record<Limit, string>> = {
  memory: 'it wanted more memory than there is for it',
  processes: 'it started more processes than it may',
  output: 'it printed more than a megabyte',
}

/** Continues a sentence of which the program is the subject. */
export function howItEnded({ status, signal, limits }: NonNullable<ProgramStory['end']>): string {
  const why = limits.length > 0 ? `: ${limits.map(limit => LIMITS[limit]).join(', and ')}` : ''
  // RLIMIT_CPU, where time is real.
  if (signal === 'SIGXCPU') return 'was ended: it computed for longer than it may'
  if (limits.includes('memory') || limits.includes('output')) return `was ended${why}`
  return signal === null ? `ended with status ${status}${why}` : `was ended by ${signal}${why}`
}

/** Those who wrote the program know of no play. */
export function toStudents(sentence: string): string {
  const [, at, code] = /^The play failed: The socket at (\S+) failed: .*\b(ECONN\w+|EPIPE)\b/.exec(sentence) ?? []
  if (code === 'ECONNREFUSED') return 'Nobody listened where the marking called (ECONNREFUSED).'
  if (at !== undefined)
    return `The connection of the marking's own socket at ${at} was broken off by the other side (${code}).`
  return sentence.replace(/^The play\b/, 'The marking')
}

/** Its last words: a program that fails says why at the end. */
export function lastWords(said: string): string {
  const lines = said.trimEnd().split('\n').slice(-MOST_LINES).join('\n')
  return lines.length > MOST_CHARACTERS ? `…${lines.slice(-MOST_CHARACTERS)}` : lines
}

const MOST_LINES = 12
const MOST_CHARACTERS = 1200
