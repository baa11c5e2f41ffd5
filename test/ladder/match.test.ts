import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Evidence, SeenSegment } from '../../src/evidence/evidence.ts'
import { drawMatch } from '../../src/ladder/draw.ts'
import type { Ladder } from '../../src/ladder/ladder.ts'
import { type LadderMatch, type MatchOptions, matchLadder } from '../../src/ladder/match.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { FIGURES, HANDSHAKE, LADDERS, TIME_WAIT } from './figures.ts'
import { mutations } from './mutations.ts'
import { CONNECTION, HOSTS, lastOf, paused, perform, upTo } from './perform.ts'

const EACH = Object.entries(LADDERS).map(([name, text]) => [name, parseLadder(text)] as const)

function match(ladder: Ladder, evidence: Evidence, options: Partial<MatchOptions> = {}): LadderMatch {
  return matchLadder(ladder, evidence, { peers: HOSTS, ...options })
}

/** A passing match says why it does not, when it does not. */
function expectOk(found: LadderMatch): void {
  expect(found.ok ? '' : drawMatch(found)).toBe('')
}

function verdicts({ rows }: LadderMatch): string {
  return rows.map(({ label, verdict }) => `${label} ${verdict}`).join(', ')
}

function firstOf({ segments: [first] }: Evidence): SeenSegment {
  if (!first) throw new Error('no segment')
  return first
}

/** The evidence with one segment told otherwise. */
function retold(evidence: Evidence, flags: string, nth: number, change: Partial<SeenSegment>): Evidence {
  const found = evidence.segments.filter(segment => segment.flags.join() === flags)[nth]
  if (!found) throw new Error(`no segment ${flags} ${nth}`)
  return {
    ...evidence,
    segments: evidence.segments.map(segment => (segment === found ? { ...segment, ...change } : segment)),
  }
}

describe('an exchange that goes as the ladder says', () => {
  test.each(EACH)('%s', (_, ladder) => {
    for (const first of ['left', 'right'] as const) {
      for (const oldDuplicates of ['forged', 'peer'] as const) {
        const found = match(ladder, perform(ladder, { first, oldDuplicates }))
        expectOk(found)
        expect(found.connection).toBe(CONNECTION)
        expect(found.extras).toEqual([])
        expect(found.firstFailure).toBeNull()
      }
    }
  })

  test('initial sequence numbers never matter, the wrap included', () => {
    const isn = fc.oneof(fc.nat(2 ** 32 - 1), fc.integer({ min: 2 ** 32 - 20, max: 2 ** 32 - 1 }), fc.nat(20))
    fc.assert(
      fc.property(fc.constantFrom(...EACH), isn, isn, ([, ladder], left, right) => {
        expectOk(match(ladder, perform(ladder, { isns: { left, right } })))
      }),
      { numRuns: 500 },
    )
  })

  test('rows carry times, segments and the evidence that they rest on', () => {
    const ladder = parseLadder(TIME_WAIT)
    const evidence = perform(ladder)
    const rows = new Map(match(ladder, evidence).rows.map(row => [row.label, row]))
    expect(rows.get('5')).toMatchObject({
      n: 5,
      verdict: 'ok',
      tMs: 70,
      arrivedMs: null,
      expected: 'TIME-WAIT --> <SEQ=u+1><ACK=w+1><CTL=ACK> XXX LAST-ACK',
      observed: 'TIME-WAIT --> <SEQ=u+1><ACK=w+1><CTL=ACK> XXX LAST-ACK',
    })
    const close = rows.get('4')
    const fin = evidence.segments.find(({ id }) => id === close?.segment)
    expect(fin).toMatchObject({ from: 'server', flags: ['FIN', 'ACK'] })
    const call = evidence.calls.find(entry => entry.host === 'server' && entry.call === 'end')
    const change = evidence.states.find(({ to }) => to === 'TIME_WAIT')
    expect(close?.entries).toEqual(expect.arrayContaining([fin?.departed.n, fin?.arrived?.n, call?.n, change?.n]))
    expect(rows.get('8')?.tMs).toBeGreaterThan(60_000)
  })

  test('the state after the last ACK is the one that its kernel enters when the ACK is out', () => {
    const ladder = parseLadder(FIGURES.figure12)
    const evidence = perform(ladder)
    const change = evidence.states.find(({ to }) => to === 'TIME_WAIT')
    const ack = evidence.segments.at(-1)
    expect(change?.n).toBeGreaterThan(ack?.departed.n ?? Number.POSITIVE_INFINITY)
    expectOk(match(ladder, evidence))
  })

  test('of several connections the one that fits', () => {
    const ladder = parseLadder(HANDSHAKE)
    const evidence = perform(ladder)
    const other = '198.18.0.1:39999-198.18.0.2:5000'
    const stray: SeenSegment = {
      ...firstOf(evidence),
      id: 99,
      connection: other,
      flags: ['RST'],
      departed: { n: -2, tMs: -5 },
      arrived: { n: -1, tMs: -4 },
    }
    const found = match(ladder, { ...evidence, segments: [stray, ...evidence.segments] })
    expectOk(found)
    expect(found.connection).toBe(CONNECTION)
  })

  test('what comes after the last row is not looked at', () => {
    const [, ladder] = EACH.find(([name]) => name === 'HANDSHAKE') ?? []
    const longer = parseLadder(
      HANDSHAKE +
        TIME_WAIT.split('\n')
          .slice(3)
          .join('\n')
          .replace(/ (\d)\. /g, (_, n) => `${Number(n) + 3}. `),
    )
    if (ladder) expectOk(match(ladder, perform(longer)))
  })
})

describe('no lie passes: one thing changed fails, at its row', () => {
  test.each(EACH)('%s', (_, ladder) => {
    const all = mutations(ladder)
    expect(all.length).toBeGreaterThan(40)
    for (const first of ['left', 'right'] as const) {
      const evidence = perform(ladder, { first })
      for (const { name, row, ladder: lie, tail } of all) {
        const { ok, firstFailure } = match(lie, evidence, { tail })
        expect({ name, ok, row: firstFailure?.row }).toEqual({ name, ok: false, row })
        expect(firstFailure?.reason).toMatch(/\.$/)
      }
    }
  })

  test('against numbers anywhere on the circle', () => {
    const lies = EACH.flatMap(([, ladder]) => mutations(ladder).map(mutation => ({ ladder, mutation })))
    const isn = fc.oneof(fc.nat(2 ** 32 - 1), fc.integer({ min: 2 ** 32 - 5, max: 2 ** 32 - 1 }))
    fc.assert(
      fc.property(fc.constantFrom(...lies), isn, isn, ({ ladder, mutation }, left, right) => {
        const evidence = perform(ladder, { isns: { left, right } })
        const { firstFailure } = match(mutation.ladder, evidence, { tail: mutation.tail })
        // A name swapped for another one is right by chance where both stand for the same number.
        fc.pre(Math.abs(left - right) > 5000)
        expect({ name: mutation.name, row: firstFailure?.row }).toEqual({ name: mutation.name, row: mutation.row })
      }),
      { numRuns: 1000 },
    )
  })
})

describe('what became of a segment', () => {
  const ladder = parseLadder(TIME_WAIT)

  test('a row drawn as lost needs a recorded loss', () => {
    const evidence = perform(ladder)
    const lost = evidence.segments.find(segment => segment.lost)
    const unknown = { ...evidence, segments: evidence.segments.map(s => (s === lost ? { ...s, lost: null } : s)) }
    expect(match(ladder, unknown).firstFailure).toMatchObject({
      row: '5',
      reason: 'Fate: expected its loss (XXX), observed that its fate was not witnessed.',
    })
    expect(verdicts(match(ladder, unknown, { complete: false }))).toMatch(/4 ok, 5 waiting, 6 ok/)
  })

  test('a row drawn as arriving needs an arrival', () => {
    const evidence = perform(ladder)
    const mute = retold(evidence, 'FIN,ACK', 0, { arrived: null })
    expect(match(ladder, mute).firstFailure).toMatchObject({ row: '2', reason: expect.stringMatching(/not witnessed/) })
    const dead = retold(evidence, 'FIN,ACK', 0, { arrived: null, lost: { by: 'netem' } })
    expect(match(ladder, dead).firstFailure).toMatchObject({
      row: '2',
      reason: expect.stringMatching(/lost \(netem\)/),
    })
  })

  test('a fault that did not happen fails at the row that it was for', () => {
    const honest = parseLadder(TIME_WAIT.replace('XXX  LAST-ACK', '-->  CLOSED  ').split('  6.')[0] ?? '')
    expect(match(ladder, perform(honest)).firstFailure).toMatchObject({ row: '5' })
  })

  test('PSH counts only where a row names it', () => {
    const text = FIGURES.figure6
    const evidence = perform(parseLadder(text))
    expect(evidence.segments.at(-1)?.flags).toEqual(['ACK', 'PSH'])
    const named = parseLadder(text.replace('<CTL=ACK><DATA>', '<CTL=PSH,ACK><DATA>'))
    expectOk(match(named, evidence))
    const quiet = {
      ...evidence,
      segments: evidence.segments.map(s => ({ ...s, flags: s.flags.filter(f => f !== 'PSH') })),
    }
    expect(match(named, quiet).firstFailure?.row).toBe('5')
    expectOk(match(parseLadder(text), quiet))
  })
})

test('a ladder does not begin where a segment is only sent again', () => {
  const ladder = parseLadder(HANDSHAKE.replace('(Open)', '      '))
  const evidence = perform(ladder, { retransmitted: ['2'] })
  expect(match(ladder, evidence).firstFailure?.row).toBe('2')
  expectOk(match(ladder, evidence, { repeats: 'allowed' }))
})

test('a segment under way and an old duplicate are not taken for one another', () => {
  const ladder = parseLadder(FIGURES.figure8)
  const [, second, third] = ladder.rows
  if (!second || !third) throw new Error('rows')
  const rows = ladder.rows.with(1, { ...third, n: 2, label: '2' }).with(2, { ...second, n: 3, label: '3' })
  expect(match({ ...ladder, rows }, perform(ladder, { oldDuplicates: 'peer' })).firstFailure?.row).toBe('2')
})

describe('repeats', () => {
  const ladder = parseLadder(HANDSHAKE)

  test('a lost segment, sent again, satisfies its row where the lab allows it', () => {
    for (const label of ['2', '3']) {
      const evidence = perform(ladder, { retransmitted: [label] })
      const found = match(ladder, evidence, { repeats: 'allowed' })
      expectOk(found)
      expect(found.repeats).toMatchObject([{ row: label, tMs: label === '2' ? 200 : 220 }])
      expect(found.rows.find(row => row.label === label)?.repeats).toHaveLength(1)
      expect(drawMatch(found)).toContain(` ${label}′ `)
      expect(match(ladder, evidence).firstFailure?.row).toBe(label)
    }
  })

  test('the ACK that a copy provokes belongs to the row, though it is no copy itself', () => {
    const data = parseLadder(`
      client                                    server
   1. ESTABLISHED                               ESTABLISHED
   2.              --> <SEQ=u><ACK=w><CTL=ACK><DATA>   -->
   3. FIN-WAIT-1   --> <SEQ=u+5><ACK=w><CTL=FIN,ACK>   --> CLOSE-WAIT
`)
    const found = match(data, perform(data, { doubled: ['2'] }), { repeats: 'allowed' })
    expectOk(found)
    expect(found.repeats).toMatchObject([
      { row: '2', text: '--> <SEQ=u><ACK=w><CTL=ACK><DATA> -->' },
      { row: '2', text: '<-- <SEQ=w><ACK=u+5><CTL=ACK> <--' },
    ])
  })

  test('a copy that arrives too is told from its row', () => {
    const teardown = parseLadder(FIGURES.figure12)
    const evidence = perform(teardown, { doubled: ['2'] })
    const found = match(teardown, evidence, { repeats: 'allowed' })
    expectOk(found)
    expect(found.repeats.map(({ row }) => row)).toEqual(['2', '3'])
    const forbidden = match(teardown, evidence)
    expect(forbidden.firstFailure?.row).toBe('3')
    expect(forbidden.extras.length).toBeGreaterThan(0)
  })

  test('an ACK that comes later than the copy is not provoked by it', () => {
    const data = parseLadder(`
      client                                    server
   1. ESTABLISHED                               ESTABLISHED
   2.              --> <SEQ=u><ACK=w><CTL=ACK><DATA>   -->
   3. FIN-WAIT-1   --> <SEQ=u+5><ACK=w><CTL=FIN,ACK>   --> CLOSE-WAIT
`)
    const evidence = perform(data, { doubled: ['2'] })
    const ack = evidence.segments.find(({ from, departed }) => from === 'server' && departed.tMs > 0)
    if (!ack) throw new Error('no ACK')
    const wakes = { n: ack.departed.n - 0.5, tMs: ack.departed.tMs, tick: 0, event: 'expired' } as const
    const timers = [{ ...wakes, host: 'server', connection: ack.connection, timer: 'delayed-ack' } as const]
    expect(match(data, { ...evidence, timers }, { repeats: 'allowed' }).firstFailure?.row).toBe('3')
  })

  test('what is no copy is still a failure', () => {
    const evidence = retold(perform(ladder, { retransmitted: ['3'] }), 'SYN,ACK', 1, { length: 1 })
    expect(match(ladder, evidence, { repeats: 'allowed' }).firstFailure?.row).toBe('3')
  })

  test('no lie passes where repeats are allowed, but for those that a copy makes true', () => {
    const evidence = perform(ladder, { retransmitted: ['2', '3'] })
    for (const { name, row, ladder: lie, tail } of mutations(ladder)) {
      const { ok, firstFailure } = match(lie, evidence, { tail, repeats: 'allowed' })
      const isCopyDrawn = /the same row|XXX/.test(name)
      if (!isCopyDrawn) expect({ name, ok, row: firstFailure?.row }).toEqual({ name, ok: false, row })
    }
  })
})

describe('departures from the picture', () => {
  const printed = parseLadder(FIGURES.figure7)
  // Linux answers the crossed SYN+ACKs with an ACK from each side.
  const linux = parseLadder(
    `${FIGURES.figure7}
8.  ESTABLISHED  --> <SEQ=101><ACK=301><CTL=ACK>     ...
9.  ESTABLISHED  <-- <SEQ=301><ACK=101><CTL=ACK>     <-- ESTABLISHED
`,
  )
  const departs = [
    { after: 7, linux: '--> <SEQ=101><ACK=301><CTL=ACK> ...', because: 'tcp_rcv_state_process() answers' },
    { after: 7, linux: 'ESTABLISHED <-- <SEQ=301><ACK=101><CTL=ACK> <-- ESTABLISHED', because: 'the same' },
  ]

  test('inserted rows are expected where they are put', () => {
    const found = match(printed, perform(linux), { departs })
    expectOk(found)
    expect(found.rows.map(({ label }) => label).slice(-3)).toEqual(['7', '7+', '7+2'])
    expect(found.rows.at(-1)?.because).toBe('the same')
    expect(drawMatch(found)).toContain('Linux departs from the figure here: the same')
  })

  test('a kernel that begins to follow the figure is noticed', () => {
    expect(match(printed, perform(printed), { departs }).firstFailure?.row).toBe('7+')
  })

  test('a row may be replaced', () => {
    const other = parseLadder(HANDSHAKE.replace('<SEQ=x+1><ACK=y+1><CTL=ACK> ', '<SEQ=x+1><ACK=y+1><CTL=ACK,ECE>'))
    const instead = [
      { row: 4, linux: 'ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK,ECE> --> ESTABLISHED', because: 'ECN' },
    ]
    const plain = parseLadder(HANDSHAKE)
    expectOk(match(plain, perform(other), { departs: instead }))
    expect(match(plain, perform(other)).firstFailure?.row).toBe('4')
    expect(match(plain, perform(plain), { departs: instead }).firstFailure?.row).toBe('4')
  })

  test('a row that there is not is told', () => {
    expect(() => match(printed, perform(printed), { departs: [{ row: 12, linux: 'CLOSED', because: '' }] })).toThrow(
      /row 12, which the ladder does not have/,
    )
  })
})

test('where hosts are told late, what the other one did soon after does not speak against how it was', () => {
  const ladder = parseLadder(`
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. ESTABLISHED --> <SEQ=u><ACK=w><CTL=ACK><DATA=5>  XXX ESTABLISHED
    3.                                                      (Abort)
       ESTABLISHED XXX <SEQ=w><ACK=u><CTL=RST,ACK>      <-- CLOSED
  `)
  const performed = perform(ladder)
  const lost = performed.segments.find(({ length }) => length === 5)
  const told = paused({ ...performed, atOnceMs: 250 }, (lost?.departed.n ?? 0) + 1, 100)
  expect(match(ladder, told).firstFailure).toBeNull()
  const never = parseLadder(ladder.text.replace('XXX ESTABLISHED', 'XXX CLOSE-WAIT '))
  expect(match(never, told).firstFailure?.row).toBe('2')
})

describe('while the run goes on', () => {
  test.each(EACH)('%s: rows go from waiting to ok, one after the other, and never back', (name, ladder) => {
    for (const first of ['left', 'right'] as const) {
      const evidence = perform(ladder, { first })
      const ok = new Set<string>()
      const order: string[] = []
      for (let n = 0; n <= lastOf(evidence) + 1; n++) {
        const found = match(ladder, upTo(evidence, n), { complete: false })
        expect({ name, n, failure: found.firstFailure }).toEqual({ name, n, failure: null })
        for (const { label, verdict } of found.rows) {
          if (verdict === 'ok') {
            if (!ok.has(label)) order.push(label)
            ok.add(label)
          } else expect({ name, n, label, verdict, was: ok.has(label) }).toMatchObject({ was: false })
        }
        expect(found.ok).toBe(ok.size === ladder.rows.length)
      }
      expect(ok.size).toBe(ladder.rows.length)
    }
  })

  test.each(['figure7', 'figure13'] as const)('%s: who acts at once, and is told so late, is waited for', name => {
    const ladder = parseLadder(FIGURES[name])
    for (const first of ['left', 'right'] as const) {
      const told = { ...perform(ladder, { first }), atOnceMs: 250 }
      for (let pauseAt = 0; pauseAt <= lastOf(told); pauseAt++) {
        const evidence = paused(told, pauseAt, 100)
        if (!match(ladder, evidence).ok) continue
        for (let n = 0; n <= lastOf(evidence) + 1; n++) {
          const { firstFailure } = match(ladder, upTo(evidence, n), { complete: false })
          expect({ pauseAt, n, firstFailure }).toEqual({ pauseAt, n, firstFailure: null })
        }
      }
    }
  })

  test('the first row holds before anything has happened', () => {
    const ladder = parseLadder(HANDSHAKE)
    const evidence = perform(ladder)
    const connect = evidence.calls.find(({ call }) => call === 'connect')?.n ?? 0
    expect(verdicts(match(ladder, upTo(evidence, connect), { complete: false }))).toBe(
      '1 ok, 2 waiting, 3 waiting, 4 waiting',
    )
    expect(match(ladder, upTo(evidence, connect), { complete: false }).connection).toBeNull()
  })

  test('a row whose states have held all along waits for its call', () => {
    const ladder = parseLadder(`
         client                                               server
      1. ESTABLISHED                                          ESTABLISHED
      2. ESTABLISHED --> <SEQ=u><ACK=w><CTL=ACK><DATA=5>  --> ESTABLISHED
      3. (Close)
         ESTABLISHED                                          ESTABLISHED
    `)
    const evidence = perform(parseLadder(ladder.text.replace('(Close)', '       ')))
    expect(verdicts(match(ladder, evidence, { complete: false }))).toBe('1 ok, 2 ok, 3 waiting')
    expect(verdicts(match(ladder, evidence))).toBe('1 ok, 2 ok, 3 failed')
  })

  test('a difference shows as soon as it is there to be seen', () => {
    const ladder = parseLadder(TIME_WAIT)
    const honest = parseLadder(TIME_WAIT.replace('XXX  LAST-ACK', '-->  CLOSED  ').split('  6.')[0] ?? '')
    const evidence = perform(honest)
    expect(match(ladder, evidence, { complete: false }).firstFailure?.row).toBe('5')
  })
})

test('without any evidence the first segment row fails, and is waited for while the run goes on', () => {
  const ladder = parseLadder(HANDSHAKE)
  const nothing = upTo(perform(ladder), -1)
  expect(match(ladder, nothing).firstFailure?.row).toBe('1')
  expect(match(ladder, nothing, { complete: false }).firstFailure).toBeNull()
})

test('a long exchange before the ladder does not make it slow', () => {
  const ladder = parseLadder(FIGURES.figure12)
  const evidence = perform(ladder)
  const template = firstOf(evidence)
  const before = Array.from({ length: 600 }, (_, index): SeenSegment => {
    const at = -230 + index / 10
    return {
      ...template,
      id: 1000 + index,
      flags: ['ACK'],
      seq: template.seq + index,
      ack: 1,
      length: 1,
      departed: { n: index / 3000 + (evidence.segments[2]?.arrived?.n ?? 0) + 1.1, tMs: at },
      arrived: { n: index / 3000 + (evidence.segments[2]?.arrived?.n ?? 0) + 1.1 + 1 / 9000, tMs: at + 0.05 },
    }
  })
  const long = { ...evidence, segments: [...evidence.segments, ...before] }
  expectOk(match(ladder, long))
  for (const lie of mutations(ladder).slice(0, 12)) expect(match(lie.ladder, long).firstFailure?.row).toBe(lie.row)
})
