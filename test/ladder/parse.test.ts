import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LadderError } from '../../src/errors.ts'
import { drawLadder } from '../../src/ladder/draw.ts'
import { departs, type Ladder, type Row } from '../../src/ladder/ladder.ts'
import { parseLadder, parseRow } from '../../src/ladder/parse.ts'
import { ladders } from './arbitrary-ladder.ts'
import { FIGURES, LADDERS } from './figures.ts'

function rowOf(ladder: Ladder, label: string): Row {
  const row = ladder.rows.find(candidate => candidate.label === label)
  if (!row) throw new Error(`no row ${label}`)
  return row
}

/** What a ladder says, without where it stands in its text. */
function meaning({ peers, rows }: Ladder) {
  return { peers, rows: rows.map(row => ({ ...row, line: 0 })) }
}

const SILENT = { state: null, call: null, remark: null }

describe("RFC 9293's figures", () => {
  test('6: five rows, the last one with data', () => {
    const ladder = parseLadder(FIGURES.figure6)
    expect(ladder.peers).toEqual(['TCP Peer A', 'TCP Peer B'])
    expect(ladder.rows.map(({ label }) => label)).toEqual(['1', '2', '3', '4', '5'])
    expect(rowOf(ladder, '3')).toEqual({
      n: 3,
      label: '3',
      line: 8,
      left: { ...SILENT, state: 'ESTABLISHED' },
      right: { ...SILENT, state: 'SYN_RCVD' },
      segment: {
        direction: 'left',
        left: 'arrow',
        right: 'arrow',
        seq: { kind: 'number', value: 300 },
        ack: { kind: 'number', value: 101 },
        flags: ['SYN', 'ACK'],
        data: null,
      },
    })
    expect(rowOf(ladder, '5').segment?.data).toBe('some')
  })

  test('7: segments that leave in one row and arrive in another', () => {
    const ladder = parseLadder(FIGURES.figure7)
    expect(rowOf(ladder, '2').segment).toMatchObject({ direction: 'right', left: 'arrow', right: 'transit' })
    expect(rowOf(ladder, '4').segment).toMatchObject({ direction: 'right', left: 'transit', right: 'arrow' })
    expect(rowOf(ladder, '4')).toMatchObject({ left: SILENT, right: { state: 'SYN_RCVD' } })
  })

  test('8: a remark in the place of a state', () => {
    const row = rowOf(parseLadder(FIGURES.figure8), '3')
    expect(row.left).toEqual({ ...SILENT, remark: 'duplicate' })
    expect(row.segment && departs(row.segment)).toBe(false)
  })

  test('9: a row of remarks, an arrow with nothing after it, and a remark that is no call', () => {
    const ladder = parseLadder(FIGURES.figure9)
    expect(rowOf(ladder, '1')).toMatchObject({ left: { remark: 'REBOOT' }, right: { remark: 'send 300,receive 100' } })
    expect(rowOf(ladder, '5').right).toEqual({ ...SILENT, remark: 'Abort!!' })
    expect(rowOf(ladder, '6')).toMatchObject({ left: { state: 'SYN_SENT' }, right: { state: 'CLOSED' }, segment: null })
    expect(rowOf(ladder, '7')).toMatchObject({ right: SILENT, segment: { right: 'arrow' } })
  })

  test('10: data before the control bits', () => {
    const { segment, right } = rowOf(parseLadder(FIGURES.figure10), '2')
    expect(segment).toMatchObject({ direction: 'left', data: 10, flags: ['ACK'] })
    expect(right.state).toBe('ESTABLISHED')
  })

  test('11: letters for numbers', () => {
    const { segment } = rowOf(parseLadder(FIGURES.figure11), '3')
    expect(segment?.seq).toEqual({ kind: 'name', name: 'X', plus: 0 })
    expect(segment?.ack).toEqual({ kind: 'name', name: 'Z', plus: 1 })
  })

  test('12: calls above the state that they lead to', () => {
    const ladder = parseLadder(FIGURES.figure12)
    expect(ladder.rows.map(({ label }) => label)).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(rowOf(ladder, '2').left).toEqual({ state: 'FIN_WAIT_1', call: 'close', remark: null })
    expect(rowOf(ladder, '4')).toMatchObject({ left: { call: null }, right: { call: 'close', state: 'LAST_ACK' } })
    expect(rowOf(ladder, '6').left).toEqual({ state: 'CLOSED', call: null, remark: '2 MSL' })
  })

  test('13: several rows of one number, and calls on both sides', () => {
    const ladder = parseLadder(FIGURES.figure13)
    expect(ladder.rows.map(({ label }) => label)).toEqual(['1', '2', '2b', '2c', '3', '3b', '3c', '4', '4b'])
    expect(rowOf(ladder, '2')).toMatchObject({ left: { call: 'close' }, right: { call: 'close', state: 'FIN_WAIT_1' } })
    expect(rowOf(ladder, '2b').segment).toMatchObject({ direction: 'left', left: 'arrow', right: 'arrow' })
    expect(rowOf(ladder, '4b')).toMatchObject({ left: { state: 'CLOSED', remark: '2 MSL' }, segment: null })
  })

  test.each(Object.entries(LADDERS))('%s: drawn, it reads the same, and is drawn the same again', (_, text) => {
    const ladder = parseLadder(text)
    const drawn = drawLadder(ladder)
    expect(meaning(parseLadder(drawn))).toEqual(meaning(ladder))
    expect(drawLadder(parseLadder(drawn))).toBe(drawn)
    expect(Math.max(...drawn.split('\n').map(line => line.length))).toBeLessThanOrEqual(86)
  })
})

test('any ladder reads the same when it is drawn', () => {
  fc.assert(
    fc.property(ladders, ladder => {
      expect(meaning(parseLadder(drawLadder(ladder)))).toEqual(meaning(ladder))
    }),
    { numRuns: 2000 },
  )
})

test('ten thousand mangled figures raise nothing but LadderError', () => {
  const pieces = [
    '-->',
    '<--',
    '...',
    'XXX',
    '<',
    '>',
    '(',
    ')',
    '=',
    '+',
    '5.',
    '<SEQ=x+1>',
    '<CTL=',
    'constructor',
    '  ',
    '\n',
    '\t',
    '—',
  ]
  const edit = fc.record({
    at: fc.nat(1200),
    cut: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })),
  })
  let read = 0
  let refused = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(LADDERS)),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (text, edits) => {
        let mangled = text
        for (const { at, cut, put } of edits) {
          const place = at % (mangled.length + 1)
          mangled = mangled.slice(0, place) + put + mangled.slice(place + cut)
        }
        try {
          drawLadder(parseLadder(mangled))
          read++
        } catch (error) {
          if (!(error instanceof LadderError)) throw error
          const lines = mangled.split('\n')
          expect(error.line).toBeGreaterThanOrEqual(1)
          expect(error.line).toBeLessThanOrEqual(lines.length)
          expect(error.column).toBeGreaterThanOrEqual(1)
          expect(error.column).toBeLessThanOrEqual((lines[error.line - 1] ?? '').length + 1)
          refused++
        }
      },
    ),
    { numRuns: 10_000 },
  )
  // Both happen, or the mangling is too weak or too strong to show anything.
  expect(read).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(1000)
})

describe('what cannot be read is told with its place, and what was expected there', () => {
  const PEERS = '  client                         server'
  const cases: [string, string, number, number, RegExp, (RegExp | undefined)?][] = [
    ['nothing', '', 1, 1, /empty ladder/],
    ['no peers', '1. CLOSED     LISTEN', 1, 1, /where the first line names the two peers/, /For example/],
    ['one peer', 'client', 1, 1, /only 'client'/],
    ['three peers', 'a   b   c', 1, 9, /third name 'c'/],
    ['one name for both', 'a   a', 1, 5, /'a' twice/],
    ['no row', PEERS, 1, 1, /no row/],
    [
      'an unknown state',
      `${PEERS}\n1. CLOSSED                  LISTEN`,
      2,
      4,
      /'CLOSSED', where a state/,
      /^CLOSED was/,
    ],
    ["Linux's spelling", `${PEERS}\n1. FIN_WAIT_1`, 2, 4, /'FIN_WAIT_1'/, /^FIN-WAIT-1 was/],
    ['a state like no other', `${PEERS}\n1. ZZZZZZ`, 2, 4, /'ZZZZZZ'/, /^The states are CLOSED/],
    ['two states', `${PEERS}\n1. CLOSED LISTEN`, 2, 11, /'LISTEN' beside CLOSED/],
    ['an open bracket', `${PEERS}\n1. --> <SEQ=1 <CTL=SYN> -->`, 2, 8, /not closed/],
    ['an open parenthesis', `${PEERS}\n1. (Close`, 2, 4, /not closed/],
    ['an unknown flag', `${PEERS}\n1. --> <SEQ=1><CTL=SYN,AKC> -->`, 2, 24, /'AKC', where a flag/, /^ACK was/],
    ['a flag twice', `${PEERS}\n1. --> <CTL=SYN,SYN> -->`, 2, 17, /SYN a second time/],
    ['an unknown field', `${PEERS}\n1. --> <SEG=1><CTL=SYN> -->`, 2, 8, /'<SEG=1>/, /^<SEQ..> was/],
    ['a field twice', `${PEERS}\n1. --> <SEQ=1><SEQ=1><CTL=SYN> -->`, 2, 15, /second <SEQ/],
    ['no control bits', `${PEERS}\n1. --> <SEQ=1> -->`, 2, 8, /without control bits/],
    ['a number with junk', `${PEERS}\n1. --> <SEQ=10x><CTL=SYN> -->`, 2, 13, /'10x' in <SEQ=/],
    ['a number too large', `${PEERS}\n1. --> <SEQ=4294967296><CTL=SYN> -->`, 2, 13, /below 2\^32/],
    ['no data', `${PEERS}\n1. --> <CTL=ACK><DATA=0> -->`, 2, 23, /above 0/],
    ['an ACK without its flag', `${PEERS}\n1. --> <ACK=1><CTL=SYN> -->`, 2, 8, /does not name ACK/, /3\.1/],
    ['arrows against each other', `${PEERS}\n1. --> <CTL=SYN> <--`, 2, 18, /<-- after -->/],
    ['no arrow', `${PEERS}\n1. ... <CTL=SYN> ...`, 2, 18, /at least one arrow/],
    ['a half arrow', `${PEERS}\n1. -> <CTL=SYN> -->`, 2, 4, /'->'/, /written --> and <--/],
    ['no second mark', `${PEERS}\n1. --> <CTL=SYN>`, 2, 17, /Found nothing after '<CTL=SYN>'/],
    ['no fields', `${PEERS}\n1. --> -->`, 2, 8, /where <SEQ/],
    ['lost before it left', `${PEERS}\n1. XXX <CTL=SYN> -->`, 2, 4, /XXX where the segment comes from/],
    ['a row twice', `${PEERS}\n1. CLOSED\n2. CLOSED\n2. LISTEN`, 4, 1, /row number 2 after 2/, /no number/],
    ['a line before the first row', `${PEERS}\nCLOSED`, 2, 1, /before any row number/],
    ['an empty row', `${PEERS}\n1. CLOSED\n2.\n3. CLOSED`, 3, 1, /row 2 empty/],
    ['two calls of one peer', `${PEERS}\n1. (Open) (Close)`, 2, 11, /beside another call/],
    ['two calls of one peer in two lines', `${PEERS}\n1. (Open)\n   (Close)\n   CLOSED`, 3, 1, /two calls/],
    ['a name that nothing binds', `${PEERS}\n1. --> <SEQ=u+1><CTL=SYN> -->`, 2, 13, /u\+1, where u has not/, /<SEQ=u>/],
  ]
  test.each(cases)('%s', (_, text, line, column, message, hint) => {
    let found: unknown
    try {
      parseLadder(text)
    } catch (error) {
      found = error
    }
    if (!(found instanceof LadderError)) throw new Error(`expected a LadderError, got ${String(found)}`)
    expect({ line: found.line, column: found.column, message: found.message }).toEqual({
      line,
      column,
      message: expect.stringMatching(message),
    })
    if (hint) expect(found.hint).toMatch(hint)
  })
})

describe('a row by itself', () => {
  test('needs no number, and may count from what other rows bind', () => {
    const row = parseRow('  ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK> --> ESTABLISHED')
    expect(row).toMatchObject({ left: { state: 'ESTABLISHED' }, segment: { seq: { name: 'x', plus: 1 } } })
  })

  test('may have a call above it', () => {
    expect(parseRow('(Close)\nFIN-WAIT-1 --> <CTL=FIN,ACK> -->').left).toMatchObject({
      call: 'close',
      state: 'FIN_WAIT_1',
    })
  })

  test('is one row', () => {
    expect(() => parseRow('CLOSED\nLISTEN')).toThrow(LadderError)
  })
})
