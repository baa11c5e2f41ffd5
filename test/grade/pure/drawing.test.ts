import { describe, expect, it } from 'vitest'
import { LadderError } from '../../../src/errors.ts'
import { isStruck, readDrawing, withStandIns } from '../../../src/grade/drawing.ts'
import type { Row } from '../../../src/ladder/ladder.ts'
import { parseLadder } from '../../../src/ladder/parse.ts'

const PEERS = '     client                                               server'
const ROWS = [
  '  1. CLOSED                                               LISTEN',
  '  2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED',
  '  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED',
  '  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED',
]
const drawing = (...rows: string[]) => readDrawing([PEERS, ...rows].join('\n'))
const rowsOf = (rows: readonly { line: number }[]) => rows.map(row => ({ ...row, line: 0 }))
const RIGHT = rowsOf(parseLadder([PEERS, ...ROWS].join('\n')).rows)

/** The four rows with this in place of one of them. */
const withRow = (n: number, row: string) => drawing(...ROWS.map((text, index) => (index === n - 1 ? row : text)))
const struckRows = (found: ReturnType<typeof readDrawing>) =>
  found.drawn.rows.filter(row => isStruck(row, found)).map(({ n }) => n)

describe('a drawing', () => {
  it.each([
    ['states in small letters', ROWS.map(row => row.replace(/[A-Z-]{4,}/g, word => word.toLowerCase()))],
    [
      'states as Linux and ss spell them',
      ROWS.map(row => row.replaceAll('SYN-RECEIVED', 'SYN_RECV').replaceAll('ESTABLISHED', 'ESTAB')),
    ],
    ["states as the kernel's trace spells them", ROWS.map(row => row.replaceAll('SYN-SENT   ', 'TCP_SYN_SENT'))],
    ['arrows of any length', ROWS.map(row => row.replaceAll('-->', '->').replaceAll('<--', '<-----'))],
    ['arrows of one letter', ROWS.map(row => row.replaceAll('-->', '→').replaceAll('<--', '←'))],
    ['no numbers', ROWS.map(row => row.replace(/\d\./, '  '))],
    ['one number twice', ROWS.map(row => row.replace('3.', '2.'))],
    ['numbers in parentheses', ROWS.map(row => row.replace(/(\d)\./, '$1)'))],
    [
      'fields in small letters and with blanks',
      ROWS.map(row => row.replace(/<(?!-)[^>]*>/g, field => field.toLowerCase().replace('=', ' = '))),
    ],
    ['sums with blanks', ROWS.map(row => row.replaceAll('+1', ' + 1'))],
    ['flags joined by a plus', ROWS.map(row => row.replaceAll('SYN,ACK', 'SYN+ACK'))],
    ['flags joined by a bar', ROWS.map(row => row.replaceAll('SYN,ACK', 'SYN | ACK'))],
    [
      'states in two words',
      ROWS.map(row => row.replaceAll('SYN-RECEIVED', 'SYN RECEIVED').replaceAll('SYN-SENT', 'syn sent')),
    ],
    ['remarks', ROWS.map((row, n) => `${row}  # ${n} <-- (`)],
    ['the ends of lines as elsewhere', ROWS.map(row => `${row}\r`)],
    ['the ends of lines as they were long ago', [ROWS.join('\r')]],
  ])('with %s is read all the same', (_, rows) => {
    const { drawn, struck } = drawing(...rows)
    expect(struck).toEqual([])
    const plain = (found: ReturnType<typeof rowsOf>) => found.map(row => ({ ...row, n: 0, label: '' }))
    expect(plain(rowsOf(drawn.rows))).toEqual(plain(RIGHT))
  })

  it.each([
    ['a state', 3, '  3. ESTABLSIHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED'],
    ['a field', 2, '  2. SYN-SENT    --> <SQE=x><CTL=SYN>                 --> SYN-RECEIVED'],
    ['a flag', 2, '  2. SYN-SENT    --> <SEQ=x><CTL=SNY>                 --> SYN-RECEIVED'],
    ['an arrow', 3, '  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        SYN-RECEIVED'],
    ['all', 4, '  4. and then the client says yes, <see above (and below'],
  ])('of which %s cannot be read has its other rows', (_, n, row) => {
    const found = withRow(n, row)
    expect(found.struck.map(({ line }) => line)).toEqual([n + 1])
    const others = rowsOf(found.drawn.rows.filter(one => !isStruck(one, found)))
    expect(others).toEqual(RIGHT.filter(one => (one as { n?: number }).n !== n))
  })

  it('of which a row cannot be read does not know the name that it gave', () => {
    const found = withRow(3, '  3. and then the server says yes, <see above (and below')
    expect(struckRows(found)).toEqual([4])
    expect(found.drawn.rows.map(({ n }) => n)).toEqual([1, 2, 4])
    expect(found.struck[1]?.message).toContain('y has not appeared')
  })

  it('in which a number counts from a name that there is not is wrong there', () => {
    const found = withRow(3, '  3. ESTABLISHED <-- <SEQ=y><ACK=z+1><CTL=SYN,ACK>    <-- SYN-RECEIVED')
    expect(struckRows(found)).toEqual([3])
    expect(found.struck[0]?.message).toContain('z has not appeared')
  })

  it('may stand in a fence, with a remark above it', () => {
    const { drawn, struck } = readDrawing(['# what I think', '```', PEERS, ...ROWS, '```'].join('\n'))
    expect(struck).toEqual([])
    expect(rowsOf(drawn.rows)).toEqual(RIGHT)
  })

  it.each([
    ['all of it', '  3. and then the server says yes'],
    ['an arrow', '  3. ESTABLISHED ~~ <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED'],
    ['a flag', '  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SNY>    <-- SYN-RECEIVED'],
  ])('has a segment that says no numbers where %s could not be read', (_, row) => {
    const { rows } = withStandIns(withRow(3, row), RIGHT as Row[])
    expect(rows.map(({ n, segment }) => [n, segment?.flags.join(), segment?.seq])).toEqual([
      [1, undefined, undefined],
      [2, 'SYN', { kind: 'name', name: 'x', plus: 0 }],
      [3, 'SYN,ACK', null],
      [4, 'ACK', expect.objectContaining({ name: 'x' })],
    ])
  })

  it('has no other rows than its own where all can be read', () => {
    const { drawn, ...rest } = withRow(2, ROWS[1]?.replace('=x', '=?') ?? '')
    expect(withStandIns({ drawn, ...rest }, RIGHT as Row[])).toEqual(drawn)
  })

  it('in which there is nothing to read is told of where that begins', () => {
    for (const text of ['', 'client server', `${PEERS}\n`, `${PEERS}\nnothing at all`, `${PEERS}\n${'<'.repeat(5000)}`])
      expect(() => readDrawing(text), text.slice(0, 20)).toThrow(LadderError)
  })
})
