import { describe, expect, it } from 'vitest'
import { checkCase } from '../../src/lab/check.ts'
import type { LabSpec } from '../../src/lab/lab.ts'
import { compareNumbers, numbersAmiss } from '../../src/lab/numbers.ts'
import { NO_PICTURE } from '../../src/lab/pictures.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { perform } from '../ladder/perform.ts'

const LAB: LabSpec = { title: '', lesson: '', ladder: '', play: async () => {} }
const check = (more: object) => () => checkCase({ ...LAB, ...more }, NO_PICTURE)

describe('a lab is told before it runs', () => {
  it.each([
    ['what it foretells in no numbers', { foretold: { server: undefined } }, /foretold of server has no numbers/],
    ['nothing that it foretells', { foretold: { server: {} } }, /foretold of server has no numbers/],
    ['a word for a number', { foretold: { server: { counters: { ListenDrops: 'few' } } } }, /has no numbers/],
    ['what a guard has not', { guard: { server: { mss: 1460, ms: 1 } } }, /guard\.server has no 'ms'/],
    ['that a guard needs a segment size', { guard: { server: {} } }, /guard\.server is out of bounds/],
    ['that a guard has no room for it', { guard: { server: { mss: 70_000 } } }, /guard\.server is out of bounds/],
    ['how far windows scale', { guard: { server: { mss: 1460, windowScale: 99 } } }, /guard\.server is out of bounds/],
  ])('%s', (_, more, sentence) => {
    expect(check(more)).toThrow(sentence)
  })

  it('nothing where all is well', () => {
    expect(check({ foretold: { server: { counters: { ListenDrops: 32 }, halfOpen: 9 } } })).not.toThrow()
    expect(check({ guard: { server: { mss: 1460, windowScale: 14, timestamps: true } } })).not.toThrow()
  })
})

it('a counter that no kernel has is no number that came out', () => {
  const performed = perform(
    parseLadder(`
       client      server
    1. CLOSED      LISTEN
  `),
  )
  const counters = Object.fromEntries(
    Object.entries(performed.counters).map(([host, own]) => [host, { ...own, tcpExt: { ListenDrops: 0 } }]),
  )
  const numbers = compareNumbers(
    { server: { counters: { ListenDropz: 0, ListenDrops: 0 } } },
    { ...performed, counters },
  )
  expect(numbers.map(({ what, ok }) => ({ what, ok }))).toEqual([
    { what: 'ListenDropz', ok: false },
    { what: 'ListenDrops', ok: true },
  ])
  expect(numbersAmiss(numbers).unseen).toEqual(['ListenDropz at server: its kernel has no counter of that name.'])
})
