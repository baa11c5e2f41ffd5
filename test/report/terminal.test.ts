import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { describeResult } from '../../src/report/terminal.ts'
import { wrap } from '../../src/report/wrap.ts'
import type { TimedResult } from '../../src/lab/outside.ts'
import { undecided } from '../../src/lab/result.ts'

const ROW = 'SYN-SENT --> <SEQ=x><CTL=SYN> --> SYN-RECEIVED'
const RESULT: TimedResult = {
  ...undecided(
    'some-lab',
    'some-case',
    'A title of a few words that is not short',
    'A reason that is told in a sentence.',
  ),
  picture: [{ text: `✓  0.000 2. ${ROW}${' '.repeat(20)}and the server's side`, kind: 'ok' }],
  rows: [{ n: 2, label: '2', expected: ROW, observed: ROW, ok: true, tMs: 0, problems: [] }],
  claims: [
    {
      id: 'C02',
      text: 'Opening takes three segments: SYN, SYN+ACK, ACK.',
      expected: 'holds',
      finding: 'holds',
      ok: true,
      why: null,
      evidence: [],
    },
  ],
  wallMs: 100,
  boot: '',
}

/** Without colours, whose letters take no room. */
const terminal = (columns: number) =>
  Object.assign(new PassThrough(), { isTTY: true, columns, getColorDepth: () => 1 }) as unknown as NodeJS.WriteStream
const file = Object.assign(new PassThrough(), { isTTY: false }) as unknown as NodeJS.WriteStream

describe('a result', () => {
  it.each([30, 40, 60, 79])('keeps within a terminal of %d columns', columns => {
    const lines = describeResult(RESULT, terminal(columns)).split('\n')
    expect(lines.filter(line => line.length > columns)).toEqual([])
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(ROW)
  })

  it('is drawn side by side where there is room, and in a file always', () => {
    for (const stream of [terminal(200), file])
      expect(describeResult(RESULT, stream)).toContain("and the server's side")
  })
})

describe('wrap', () => {
  it('breaks between words, and within one that is longer than a line', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl'])
    expect(wrap('one two three', 8, '  ')).toEqual(['one two', '  three'])
    expect(wrap('one two', Number.POSITIVE_INFINITY)).toEqual(['one two'])
  })
})
