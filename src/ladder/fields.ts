import { LadderError } from '../errors.ts'
import { FLAGS, type Flag } from '../tcp/segment.ts'
import type { NumberExpr, RowSegment } from './ladder.ts'
import { nearest } from './nearest.ts'
import { type FieldToken, quote } from './scan.ts'

const MAX_SEQ = 2 ** 32 - 1
const FIELDS = ['SEQ', 'ACK', 'CTL', 'DATA']

export type SegmentFields = Pick<RowSegment, 'seq' | 'ack' | 'flags' | 'data'>

/** `<SEQ=..><ACK=..><CTL=..><DATA=..>`, in any order: figure 10 has the data before the control bits. */
export function parseFields(tokens: readonly FieldToken[], line: number): SegmentFields {
  const seen = new Map<string, FieldToken>()
  for (const token of tokens) {
    if (!FIELDS.includes(token.name)) {
      const meant = nearest(token.name, FIELDS)
      const hint = meant === null ? undefined : `<${meant}..> was perhaps meant.`
      const expected = 'where <SEQ=..>, <ACK=..>, <CTL=..> or <DATA> is expected'
      throw new LadderError(line, token.column, `Found the field ${quote(token.text)}, ${expected}.`, hint)
    }
    if (seen.has(token.name)) {
      throw new LadderError(line, token.column, `Found a second <${token.name}..>, where a segment has one.`)
    }
    seen.set(token.name, token)
  }
  const control = seen.get('CTL')
  if (!control) {
    const at = tokens.at(-1)
    throw new LadderError(
      line,
      at?.column ?? 1,
      'Found a segment without control bits, where <CTL=..> is expected.',
      'For example <CTL=ACK>, or <CTL=SYN,ACK>.',
    )
  }
  const flags = parseFlags(control, line)
  const ack = seen.get('ACK')
  if (ack && !flags.includes('ACK')) {
    throw new LadderError(
      line,
      ack.column,
      'Found <ACK=..> in a segment whose <CTL=..> does not name ACK, where the two go together.',
      'RFC 9293, section 3.1: the field means something only if the ACK bit is set.',
    )
  }
  const seq = seen.get('SEQ')
  const data = seen.get('DATA')
  return {
    seq: seq ? parseNumber(seq, line) : null,
    ack: ack ? parseNumber(ack, line) : null,
    flags,
    data: data ? parseData(data, line) : null,
  }
}

function parseFlags(token: FieldToken, line: number): Flag[] {
  const flags: Flag[] = []
  let column = token.valueColumn
  for (const part of (token.value ?? '').split(',')) {
    const name = part.trim()
    const flag = FLAGS.find(known => known === name)
    if (!flag) {
      const meant = nearest(name, FLAGS)
      const hint = meant === null ? `The flags are ${FLAGS.join(', ')}.` : `${meant} was perhaps meant.`
      throw new LadderError(line, column, `Found ${quote(name)}, where a flag is expected.`, hint)
    }
    if (flags.includes(flag)) throw new LadderError(line, column, `Found ${flag} a second time in one <CTL=..>.`)
    flags.push(flag)
    column += part.length + 1
  }
  return flags
}

function parseNumber(token: FieldToken, line: number): NumberExpr {
  const text = token.value ?? ''
  const expected = 'where a number like 100, a name like x, or a sum like x+1 is expected'
  if (/^\d+$/.test(text)) return { kind: 'number', value: bounded(text, token, line) }
  const found = /^([A-Za-z][A-Za-z0-9_]*)(?:([+-])(\d+))?$/.exec(text)
  if (!found) throw new LadderError(line, token.valueColumn, `Found ${quote(text)} in <${token.name}=..>, ${expected}.`)
  const [, name = '', sign, offset] = found
  const distance = offset === undefined ? 0 : bounded(offset, token, line)
  return { kind: 'name', name, plus: sign === '-' && distance > 0 ? -distance : distance }
}

function parseData(token: FieldToken, line: number): 'some' | number {
  if (token.value === null) return 'some'
  if (/^\d+$/.test(token.value) && Number(token.value) > 0) return bounded(token.value, token, line)
  throw new LadderError(
    line,
    token.valueColumn,
    `Found ${quote(token.value)} in <DATA=..>, where a number of bytes above 0 is expected.`,
    '<DATA> alone means some data, no <DATA> none.',
  )
}

function bounded(text: string, token: FieldToken, line: number): number {
  const value = Number(text)
  if (value <= MAX_SEQ) return value
  throw new LadderError(line, token.valueColumn, `Found ${quote(text)}, where a number below 2^32 is expected.`)
}
