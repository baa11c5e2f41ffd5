import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Evidence, SeenSegment } from '../../src/evidence/evidence.ts'
import { mergeEvidence } from '../../src/evidence/merge.ts'
import { stateAfter } from '../../src/evidence/held-state.ts'
import { unseenText } from '../../src/evidence/unseen.ts'
import { drawMatch } from '../../src/ladder/draw.ts'
import type { Ladder } from '../../src/ladder/ladder.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { HANDSHAKE, LADDERS } from '../ladder/figures.ts'
import { mutations } from '../ladder/mutations.ts'
import { CONNECTION, HOSTS, perform } from '../ladder/perform.ts'
import { type Telling, toldBy, untraced } from './untraced.ts'

const EACH = Object.entries(LADDERS).map(([name, text]) => [name, parseLadder(text)] as const)

function told(evidence: Evidence, telling: Telling = {}): Evidence {
  return mergeEvidence(untraced(evidence, telling))
}

function match(ladder: Ladder, evidence: Evidence) {
  return matchLadder(ladder, evidence, { peers: HOSTS })
}

/** Of copies the nth is the nth: which came first by a hair is chance. */
function inTruth(segment: SeenSegment, evidence: Evidence, traced: Evidence): SeenSegment | undefined {
  const alike = ({ segments }: Evidence) =>
    segments.filter(
      ({ to, seq, ack, flags }) =>
        to === segment.to && seq === segment.seq && ack === segment.ack && flags.join() === segment.flags.join(),
    )
  return alike(traced)[alike(evidence).indexOf(segment)]
}

/** The same numbers for the same run of a property: what is drawn next, over and over. */
function drawn<T>(values: readonly T[]): () => T {
  let next = 0
  return () => values[next++ % values.length] as T
}

/** Stamps late by up to milliseconds; and some looks at tables that nobody took. */
const LATENESS = fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { minLength: 40, maxLength: 40 })
const SIGHT = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 })

describe('without a trace, where tables were read in time', () => {
  test.each(EACH)('%s comes out the same', (_, ladder) => {
    for (const first of ['left', 'right'] as const) {
      const traced = perform(ladder, { first })
      const evidence = told(traced)
      expect(evidence.gaps).toEqual([])
      const found = match(ladder, evidence)
      expect(found.ok ? '' : drawMatch(found)).toBe('')
      const rows = ({ rows }: typeof found) => rows.map(({ label, observed }) => [label, observed])
      expect(rows(found)).toEqual(rows(match(ladder, traced)))
    }
  })

  test.each(EACH)('no lie about %s passes', (_, ladder) => {
    for (const first of ['left', 'right'] as const) {
      const evidence = told(perform(ladder, { first }))
      for (const { name, ladder: lie, tail } of mutations(ladder)) {
        const { ok, firstFailure } = matchLadder(lie, evidence, { peers: HOSTS, tail })
        expect({ name, ok, fails: firstFailure !== null }).toEqual({ name, ok: false, fails: true })
      }
    }
  })
})

describe('however late stamps are', () => {
  test('the rows are the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EACH),
        LATENESS,
        fc.constantFrom('left' as const, 'right' as const),
        ([, ladder], late, first) => {
          const evidence = told(perform(ladder, { first }), { lateMs: drawn(late) })
          const found = match(ladder, evidence)
          expect(found.ok ? '' : drawMatch(found)).toBe('')
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('while the run goes on nothing fails, whoever is slow to tell what', () => {
  fc.assert(
    fc.property(
      fc.record({ ladder: fc.constantFrom(...EACH), late: LATENESS, sight: SIGHT }),
      fc.double({ min: -100, max: 800, noNaN: true }),
      fc.constantFrom('client', 'server', 'wire'),
      fc.nat(60),
      ({ ladder: [, ladder], late, sight }, untilMs, slow, slowMs) => {
        const told = untraced(perform(ladder), { lateMs: drawn(late), looks: drawn(sight) })
        const evidence = mergeEvidence(toldBy(told, untilMs, slow, slowMs))
        const found = matchLadder(ladder, evidence, { peers: HOSTS, complete: false })
        expect(found.firstFailure === null ? '' : drawMatch(found)).toBe('')
      },
    ),
    { numRuns: 500 },
  )
})

describe('whatever was not looked at', () => {
  const sights = fc.record({
    ladder: fc.constantFrom(...EACH),
    late: LATENESS,
    sight: SIGHT,
    first: fc.constantFrom('left' as const, 'right' as const),
  })

  test('is not made up: what a table is said to have shown was so', () => {
    fc.assert(
      fc.property(sights, ({ ladder: [, ladder], late, sight, first }) => {
        const traced = perform(ladder, { first })
        const evidence = told(traced, { lateMs: drawn(late), looks: drawn(sight) })
        for (const segment of evidence.segments) {
          const { arrived, to } = segment
          const truth = inTruth(segment, evidence, traced)?.arrived
          if (!arrived || !truth) continue
          const held = stateAfter(evidence, to, CONNECTION, arrived)
          const { state } = stateAfter(traced, to, CONNECTION, truth)
          // A request that nobody saw come nor go has left its listener as it was.
          const isGone = held.listens && held.state === 'LISTEN' && state === 'CLOSED'
          if (!held.unseen && !isGone) expect([to, segment.flags, held.state]).toEqual([to, segment.flags, state])
        }
      }),
      { numRuns: 500 },
    )
  })

  test('fails no row, and passes none that rests on it', () => {
    fc.assert(
      fc.property(sights, ({ ladder: [, ladder], late, sight, first }) => {
        const evidence = told(perform(ladder, { first }), { lateMs: drawn(late), looks: drawn(sight) })
        const found = match(ladder, evidence)
        expect(found.firstFailure === null ? '' : drawMatch(found)).toBe('')
        expect(found.isOver).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('makes no lie true', () => {
    const lies = EACH.flatMap(([, ladder]) => mutations(ladder).map(mutation => ({ ladder, mutation })))
    fc.assert(
      fc.property(fc.constantFrom(...lies), LATENESS, SIGHT, ({ ladder, mutation }, late, sight) => {
        const evidence = told(perform(ladder), { lateMs: drawn(late), looks: drawn(sight) })
        const { ok } = matchLadder(mutation.ladder, evidence, { peers: HOSTS, tail: mutation.tail })
        expect([mutation.name, ok]).toEqual([mutation.name, false])
      }),
      { numRuns: 500 },
    )
  })

  test('is said, with host, states and time', () => {
    const ladder = parseLadder(HANDSHAKE)
    let arrivals = 0
    // The server's table is read only once the third segment is there.
    const looks: Telling['looks'] = (why, host) => host === 'client' || (why === 'arrival' && ++arrivals > 1)
    const evidence = told(perform(ladder), { looks })
    const found = match(ladder, evidence)
    expect(found.rows.map(({ verdict }) => verdict)).toEqual(['ok', 'unseen', 'unseen', 'ok'])
    expect(evidence.unseen?.map(unseenText)).toEqual([
      'server was not seen between LISTEN and ESTABLISHED, from 19.935 to 60.065 ms: its socket table was not read in between (--trace sees it).',
    ])
    expect(found.ok).toBe(false)
  })
})
