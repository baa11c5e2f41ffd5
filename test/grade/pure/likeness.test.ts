import { describe, expect, it } from 'vitest'
import { rowsDrawn } from '../../../src/grade/likeness.ts'
import type { Row } from '../../../src/ladder/ladder.ts'
import { parseLadder } from '../../../src/ladder/parse.ts'
import type { RowMatch } from '../../../src/ladder/verdict.ts'

const PICTURE = `
     client                                               server
  1. CLOSED                                               LISTEN
  2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  5. ESTABLISHED                                          (Close) CLOSE-WAIT
  6. TIME-WAIT                                            CLOSED
`

/** As the kernel would find them: each row that shows a segment has the next one of the wire. */
const OWN = parseLadder(PICTURE).rows
const TRUTH = matchesOf(OWN)

function matchesOf(rows: readonly Row[]): RowMatch[] {
  let sent = 0
  return rows.map(row => ({ row, segment: row.segment === null ? null : sent++, verdict: 'ok' }) as unknown as RowMatch)
}

function drawnOf(rows: readonly RowMatch[], struck: readonly number[] = [], names = ['x', 'y']): (number | null)[] {
  const isStruck = ({ n }: Row) => struck.includes(n ?? 0)
  return rowsDrawn(TRUTH, OWN, { rows, isStruck, names }).map(({ row }) => row.n)
}
const without = (...rows: number[]) => TRUTH.filter(({ row }) => !rows.includes(row.n ?? 0))

describe('rows that are drawn', () => {
  it('are all of them in the picture itself', () => {
    expect(drawnOf(TRUTH)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.each([1, 2, 3, 4, 5, 6])('are all but row %i where that alone is not drawn', n => {
    // Of two rows without a segment the later one then stands in the earlier one's place, and says as much there.
    const kept = n === 5 ? 6 : n
    expect(drawnOf(without(n))).toEqual([1, 2, 3, 4, 5, 6].filter(row => row !== kept))
  })

  it('are found between the segments that are drawn', () => {
    expect(drawnOf(without(2, 3))).toEqual([1, 4, 5, 6])
  })

  it('are not those of which something could not be read, or that the kernel did otherwise', () => {
    expect(drawnOf(TRUTH, [2, 5])).toEqual([1, 3, 4, 6])
    const failed = TRUTH.map((match, index) => (index === 3 ? { ...match, verdict: 'failed' as const } : match))
    expect(drawnOf(failed)).toEqual([1, 2, 3, 5, 6])
  })

  it('are not those that say less', () => {
    const lessOf = (match: RowMatch): RowMatch => ({
      ...match,
      row: { ...match.row, left: { ...match.row.left, state: null } },
    })
    expect(drawnOf(TRUTH.map((match, index) => (index === 1 ? lessOf(match) : match)))).toEqual([1, 3, 4, 5, 6])
  })

  it.each([
    ['names of their own', 'm'],
    ['numbers of their own', '1000'],
  ])('are not those of which each number has %s', (_, first) => {
    const own = (n: number) => (first === 'm' ? `m${n}` : `${Number(first) * n}`)
    let n = 0
    const drawn = PICTURE.replaceAll(/(?<=<(?:SEQ|ACK)=)[^>]*/g, () => own(++n))
    expect(drawnOf(matchesOf(parseLadder(drawn).rows), [], [])).toEqual([1, 2, 5, 6])
  })

  it('may count in numbers', () => {
    const drawn = PICTURE.replaceAll('x+1', '101')
      .replaceAll('=x', '=100')
      .replaceAll('y+1', '301')
      .replaceAll('=y', '=300')
    expect(drawnOf(matchesOf(parseLadder(drawn).rows), [], [])).toEqual([1, 2, 3, 4, 5, 6])
  })
})
