import { expect, test } from 'vitest'
import { arrivalsOfEarlierRows } from '../../src/ladder/ladder.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { FIGURES } from './figures.ts'

test('an arrival belongs to the row that let its segment go; an old duplicate to none', () => {
  expect([...arrivalsOfEarlierRows(parseLadder(FIGURES.figure7).rows)]).toEqual([
    [3, 1],
    [6, 4],
  ])
  expect([...arrivalsOfEarlierRows(parseLadder(FIGURES.figure8).rows)]).toEqual([
    [2, null],
    [5, 1],
  ])
})

test('two of the same arrive in the order in which they left', () => {
  const ladder = parseLadder(`
     client                                      server
  1. --> <SEQ=x><CTL=SYN>          ...
  2. --> <SEQ=x><CTL=SYN>          ...
  3. ... <SEQ=x><CTL=SYN>          -->
  4. ... <SEQ=x><CTL=SYN>          -->
  5. ... <SEQ=x><CTL=SYN>          -->
`)
  expect([...arrivalsOfEarlierRows(ladder.rows)]).toEqual([
    [2, 0],
    [3, 1],
    [4, null],
  ])
})
