import { LadderError } from '../errors.ts'
import type { Ladder, Row, RowSegment } from '../ladder/ladder.ts'
import { parseLadder } from '../ladder/parse.ts'
import { fromAnySpelling, toLadder } from '../tcp/states.ts'

/** What a student has drawn, as far as it can be read: what cannot is struck out, and costs its own row alone. */
export interface Drawing {
  readonly drawn: Ladder
  /** The first thing that is wrong with each line of which something was struck out. */
  readonly struck: readonly LadderError[]
  /** The lines that say that a row begins there, whatever is left of it. */
  readonly begun: readonly number[]
  /** What was struck out may have given these their value. */
  readonly names: ReadonlySet<string>
}

/** Throws LadderError where nothing can be read at all. */
export function readDrawing(text: string): Drawing {
  const lines = text.split(/\r\n?|\n/).map(withoutRemark)
  const first = lines.findIndex(isWritten)
  for (let at = first + 1; at < lines.length; at++) lines[at] = spelledOut(lines[at] ?? '')
  const firstRow = lines.findIndex((line, at) => at > first && isWritten(line))
  if (firstRow >= 0) lines[firstRow] = numbered(lines[firstRow] ?? '')
  const begun = lines.flatMap((line, at) => (at > first && NUMBERED.test(line) ? [at + 1] : []))
  const struck: LadderError[] = []
  const names = new Set<string>()
  for (let tries = 0; ; tries++) {
    try {
      return { drawn: parseLadder(lines.join('\n'), names), struck, begun, names }
    } catch (error) {
      if (!(error instanceof LadderError)) throw error
      const at = error.line - 1
      const line = lines[at] ?? ''
      const piece = pieceAt(line, error.column)
      if (at <= first || piece === null || tries === MOST_STRUCK) throw struck[0] ?? error
      lines[at] = line.slice(0, piece.from) + ' '.repeat(piece.text.length) + line.slice(piece.from + piece.text.length)
      for (const [name] of piece.text.matchAll(NAME)) names.add(name)
      // How rows are numbered is not what is marked.
      if (!ROW_NUMBER.test(piece.text) && struck.every(({ line }) => line !== error.line)) struck.push(error)
    }
  }
}

/** Whether something of this row was struck out. */
export function isStruck({ line }: Row, { drawn, struck, begun }: Drawing): boolean {
  const next = Math.min(...[...drawn.rows.map(row => row.line), ...begun].filter(begins => begins > line))
  return isStruckBetween(struck, line, next)
}

function isStruckBetween(struck: Drawing['struck'], from: number, to: number): boolean {
  return struck.some(({ line }) => line >= from && line < to)
}

/**
 * Where a row has lost its segment, the one of the assignment's own row at that place stands for it, and says nothing of
 * numbers and states: what is drawn around it is judged as if it had been there.
 */
export function withStandIns({ drawn, struck, begun }: Drawing, own: readonly Row[]): Ladder {
  const standIns = begun.flatMap((line, index) => {
    const wasStruck = isStruckBetween(struck, line, begun[index + 1] ?? Number.POSITIVE_INFINITY)
    const isThere = drawn.rows.some(row => row.line === line && row.segment !== null)
    const segment = own[index]?.segment
    return wasStruck && !isThere && segment ? [standIn(line, index + 1, segment)] : []
  })
  const kept = drawn.rows.filter(row => standIns.every(({ line }) => line !== row.line))
  return { ...drawn, rows: [...kept, ...standIns].toSorted((a, b) => a.line - b.line) }
}

function standIn(line: number, n: number, segment: RowSegment): Row {
  const silent = { state: null, call: null, remark: null }
  return { n, label: `${n}`, line, left: silent, right: silent, segment: { ...segment, seq: null, ack: null } }
}

/** A picture that needs more is none. */
const MOST_STRUCK = 200
const NUMBERED = /^\s*\d+\./
const ROW_NUMBER = /^\d+\.$/
const PIECES = /<[^<>\s]*>?|\([^()]*\)?|[^\s<(]+/g
/** A name that a number was given by, in a field. */
const NAME = /(?<==\s*)[A-Za-z]\w*/g

function isWritten(line: string): boolean {
  return line.trim() !== ''
}

/** What stands at this column, or else the next thing in its line, or the last. Null if there is nothing left of it. */
function pieceAt(line: string, column: number): { from: number; text: string } | null {
  const pieces = [...line.matchAll(PIECES)].map(({ index, 0: text }) => ({ from: index, text }))
  return pieces.find(({ from, text }) => from + text.length >= column) ?? pieces.at(-1) ?? null
}

/** Lines of nothing else may stand before the first one. */
function withoutRemark(line: string): string {
  return line.replace(/^\s*```.*$|#.*$/, '')
}

/** As a ladder spells it: the states of ss, netstat and the kernel, in capitals or not, arrows of any length, fields as they come. */
function spelledOut(line: string): string {
  const dotted = line.replace(/^(\s*\d+)\)/, '$1.')
  const fields = replaceInPlace(dotted, /<(?!-)[^<>]*>/g, fieldSpelledOut)
  const words = replaceInPlace(fields, TWO_WORDS, state => state.replaceAll(' ', '-'))
  const states = replaceInPlace(words, /<[^<>]*>|\([^()]*\)|[A-Za-z][\w-]*\w/g, word => {
    const state = fromAnySpelling(word)
    return state === undefined ? word : toLadder(state)
  })
  const right = replaceInPlace(states, /[-=]+>|[→⟶]/g, () => '-->')
  const left = replaceInPlace(right, /<[-=]+|[←⟵]/g, () => '<--')
  return replaceInPlace(left, /…/g, () => '...')
}

/** `< seq = x + 1 >`, `<CTL=SYN+ACK>`, `<LEN=5>`. */
function fieldSpelledOut(field: string): string {
  const [, key = '', value = ''] = /^<\s*(\w+)\s*=\s*(.*?)\s*>$/.exec(field) ?? []
  if (key === '') return field
  const name = OTHER_KEYS[key.toUpperCase()] ?? key.toUpperCase()
  if (name !== 'CTL') return `<${name}=${value.replaceAll(/\s/g, '')}>`
  const flags = value.toUpperCase().split(/[\s,+|/&]+/)
  return `<CTL=${flags.filter(flag => flag !== '').join()}>`
}

const OTHER_KEYS: Readonly<Record<string, string>> = { LEN: 'DATA', FLAGS: 'CTL', FLAG: 'CTL' }
const TWO_WORDS = /\b(?:SYN (?:SENT|RECEIVED|RECV|RCVD)|CLOSE WAIT|TIME WAIT|LAST ACK|FIN WAIT[- ]?[12])\b/gi

/** What follows stays in its column, where there is room. */
function replaceInPlace(line: string, what: RegExp, by: (found: string) => string): string {
  let done = ''
  let at = 0
  for (const { index, 0: found } of line.matchAll(what)) {
    const replaced = by(found)
    done += line.slice(at, index) + replaced
    at = index + found.length
    const longer = replaced.length - found.length
    if (longer < 0) done += ' '.repeat(-longer)
    else for (let left = longer; left > 0 && line.startsWith('  ', at); left--) at++
  }
  return done + line.slice(at)
}

function numbered(line: string): string {
  return NUMBERED.test(line) ? line : line.replace(/^\s{0,3}/, '1. ')
}
