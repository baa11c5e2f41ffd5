import { LadderError } from '../errors.ts'
import { fromLadder, TCP_STATES, toLadder } from '../tcp/states.ts'
import { parseFields } from './fields.ts'
import { type LadderCall, type RowSegment, type Side } from './ladder.ts'
import { nearest } from './nearest.ts'
import { type Peers, sideAt } from './peers.ts'
import { type FieldToken, type MarkToken, quote, scanLine, type Token } from './scan.ts'

/** What one line of text says; a row may have several. */
export interface ParsedLine {
  readonly line: number
  readonly number: { readonly n: number; readonly column: number } | null
  readonly left: Side
  readonly right: Side
  readonly segment: RowSegment | null
}

export const NOTHING: Side = { state: null, call: null, remark: null }

export function readLine(text: string, line: number, peers: Peers): ParsedLine {
  const tokens = scanLine(text, line)
  const [first] = tokens
  const number = first?.kind === 'number' ? { n: first.n, column: first.column } : null
  const rest = number ? tokens.slice(1) : tokens
  const begins = rest.findIndex(isOfSegment)
  const ends = rest.findLastIndex(isOfSegment)
  if (begins < 0) {
    const left = rest.filter(token => sideAt(token.column, peers) === 'left')
    const right = rest.filter(token => sideAt(token.column, peers) === 'right')
    return { line, number, left: readSide(left, line), right: readSide(right, line), segment: null }
  }
  return {
    line,
    number,
    left: readSide(rest.slice(0, begins), line),
    right: readSide(rest.slice(ends + 1), line),
    segment: readSegment(rest.slice(begins, ends + 1), line),
  }
}

function isOfSegment(token: Token): boolean {
  return token.kind === 'mark' || token.kind === 'field'
}

function readSide(tokens: readonly Token[], line: number): Side {
  let side = NOTHING
  for (const token of tokens) side = withToken(side, token, line)
  return side
}

function withToken(side: Side, token: Token, line: number): Side {
  if (token.kind === 'word') {
    if (side.state) {
      const found = `Found ${quote(token.text)} beside ${toLadder(side.state)}`
      throw new LadderError(line, token.column, `${found}, where a peer has one state.`)
    }
    return { ...side, state: readState(token, line) }
  }
  if (token.kind !== 'words') {
    throw new LadderError(line, token.column, `Found ${quote(token.text)}, where a state is expected.`)
  }
  const merged = joinSides(side, { ...NOTHING, ...readWords(token.inner) })
  if (merged) return merged
  throw new LadderError(line, token.column, `Found ${token.text} beside another call of the same peer in one row.`)
}

function readState(token: Token, line: number) {
  const state = fromLadder(token.text)
  if (state) return state
  const spellings = TCP_STATES.map(toLadder)
  const meant = nearest(token.text, spellings)
  throw new LadderError(
    line,
    token.column,
    `Found ${quote(token.text)}, where a state is expected.`,
    meant === null ? `The states are ${spellings.join(', ')}.` : `${meant} was perhaps meant.`,
  )
}

const CALLS: ReadonlySet<string> = new Set<LadderCall>(['open', 'close', 'abort'])

/** Only the bare word is a call: `(Abort!!)` in figures 9 and 10 is what a peer does when a reset reaches it. */
function readWords(inner: string): Partial<Side> {
  const word = inner.toLowerCase()
  return isCall(word) ? { call: word } : { remark: inner }
}

function isCall(word: string): word is LadderCall {
  return CALLS.has(word)
}

/** Two lines' words for one peer; null if they say two things in one place. */
export function joinSides(above: Side, below: Side): Side | null {
  if (above.call && below.call) return null
  const remarks = [above.remark, below.remark].filter(remark => remark !== null)
  return {
    state: below.state ?? above.state,
    call: above.call ?? below.call,
    remark: remarks.length > 0 ? remarks.join('; ') : null,
  }
}

/** A mark, the fields, a mark. The arrows decide which way it travels. */
function readSegment(tokens: readonly Token[], line: number): RowSegment {
  const [left, ...more] = tokens
  if (left?.kind !== 'mark') {
    throw new LadderError(line, left?.column ?? 1, `Found ${quote(left?.text ?? '')}, where ${A_MARK} comes first.`)
  }
  const right = more.pop()
  const stray = more.find(token => token.kind !== 'field')
  if (stray) {
    throw new LadderError(
      line,
      stray.column,
      `Found ${quote(stray.text)}, where <SEQ=..><ACK=..><CTL=..> are expected.`,
    )
  }
  if (right?.kind !== 'mark') {
    const at = right ?? left
    const found = right ? `Found nothing after ${quote(right.text)}` : `Found only ${quote(left.text)}`
    throw new LadderError(line, at.column + at.text.length, `${found}, where ${A_MARK} closes the segment.`)
  }
  const fields = more.filter((token): token is FieldToken => token.kind === 'field')
  if (fields.length === 0) {
    throw new LadderError(line, right.column, `Found ${quote(right.text)}, where <SEQ=..><CTL=..> is expected.`)
  }
  return {
    direction: directionOf(left, right, line),
    left: left.mark,
    right: right.mark,
    ...parseFields(fields, line),
  }
}

const A_MARK = 'an arrow, ... or XXX'

function directionOf(left: MarkToken, right: MarkToken, line: number): 'right' | 'left' {
  if (left.points && right.points && left.points !== right.points) {
    const found = `Found ${right.text} after ${left.text}`
    throw new LadderError(line, right.column, `${found}, where both arrows of a segment point the same way.`)
  }
  const direction = left.points ?? right.points
  if (!direction) {
    throw new LadderError(
      line,
      right.column,
      `Found ${right.text} after ${left.text}, where at least one arrow says which way the segment travels.`,
    )
  }
  const sender = direction === 'right' ? left : right
  if (sender.mark === 'lost') {
    throw new LadderError(
      line,
      sender.column,
      'Found XXX where the segment comes from, where an arrow or ... is expected.',
      'A segment is lost on its way: XXX stands on the side that it travels to.',
    )
  }
  return direction
}
