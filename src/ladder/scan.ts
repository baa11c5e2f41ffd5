import { LadderError } from '../errors.ts'
import type { Mark } from './ladder.ts'

/** One piece of a line. Columns count from 1. */
export type Token = { readonly column: number; readonly text: string } & (
  | { readonly kind: 'number'; readonly n: number }
  | { readonly kind: 'word' }
  | { readonly kind: 'words'; readonly inner: string }
  | { readonly kind: 'mark'; readonly mark: Mark; readonly points: 'right' | 'left' | null }
  | { readonly kind: 'field'; readonly name: string; readonly value: string | null; readonly valueColumn: number }
)

type Of<Kind extends Token['kind']> = Extract<Token, { kind: Kind }>
export type FieldToken = Of<'field'>
export type MarkToken = Of<'mark'>

/** Numbers beyond this one are no row numbers, and could not be compared exactly. */
const ROW_NUMBER = /^(\d{1,9})\./
const WORD = /^[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*/
const FIELD = /^<([^<>=]*)(=?)([^<>]*)>/
const WORDS = /^\(([^()]*)\)/

export function scanLine(text: string, line: number): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const space = /^\s+/.exec(rest)
    if (space) {
      at += space[0].length
      continue
    }
    const token = scanToken(rest, line, at + 1, tokens.length === 0)
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

function scanToken(rest: string, line: number, column: number, first: boolean): Token {
  if (rest.startsWith('-->')) return { kind: 'mark', mark: 'arrow', points: 'right', text: '-->', column }
  if (rest.startsWith('<--')) return { kind: 'mark', mark: 'arrow', points: 'left', text: '<--', column }
  if (rest.startsWith('...')) return { kind: 'mark', mark: 'transit', points: null, text: '...', column }
  if (rest.startsWith('<')) return scanField(rest, line, column)
  if (rest.startsWith('(')) {
    const found = WORDS.exec(rest)
    if (found) return { kind: 'words', inner: found[1] ?? '', text: found[0], column }
    throw new LadderError(line, column, `This parenthesis is not closed: expected ')' after ${quote(rest.slice(1))}.`)
  }
  const number = ROW_NUMBER.exec(rest)
  if (number && first) return { kind: 'number', n: Number(number[1]), text: number[0], column }
  const word = WORD.exec(rest)?.[0]
  if (word === 'XXX') return { kind: 'mark', mark: 'lost', points: null, text: word, column }
  if (word !== undefined) return { kind: 'word', text: word, column }
  throw new LadderError(
    line,
    column,
    `Found ${quote(rest)}, where a state, an arrow, <SEQ=..> or words in parentheses are expected.`,
    'Arrows are written --> and <--, a segment still in the network ..., a lost one XXX.',
  )
}

function scanField(rest: string, line: number, column: number): FieldToken {
  const found = FIELD.exec(rest)
  if (!found) {
    throw new LadderError(line, column, `This bracket is not closed: expected '>' after ${quote(rest.slice(1))}.`)
  }
  const [text, rawName = '', equals, rawValue = ''] = found
  const value = equals ? rawValue.trim() : null
  const valueColumn = column + 2 + rawName.length + (rawValue.length - rawValue.trimStart().length)
  return { kind: 'field', name: rawName.trim(), value, valueColumn, text, column }
}

/** What was found, short enough for a sentence. */
export function quote(text: string): string {
  const word = /^\s*(\S*)/.exec(text)?.[1] ?? ''
  if (word === '') return 'the end of the line'
  return `'${word.length > 24 ? `${word.slice(0, 24)}…` : word}'`
}
