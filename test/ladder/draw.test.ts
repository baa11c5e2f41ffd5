import { expect, test } from 'vitest'
import { drawLadder, drawMatch, drawMatchLines } from '../../src/ladder/draw.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { HANDSHAKE, LADDERS, TIME_WAIT } from './figures.ts'
import { mutations } from './mutations.ts'
import { HOSTS, perform } from './perform.ts'

const handshake = parseLadder(HANDSHAKE)

test('what came as expected, with times and ticks', () => {
  const match = matchLadder(handshake, perform(handshake), { peers: HOSTS })
  expect(`\n${drawMatch(match)}\n`).toBe(`
       ms     client                                            server
✓          1. CLOSED                                            LISTEN
✓          2. (Open)
    0.000     SYN-SENT    --> <SEQ=x><CTL=SYN>              --> SYN-RECEIVED
✓  20.000  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> <-- SYN-RECEIVED
✓  40.000  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>   --> ESTABLISHED
`)
})

test('what did not: expected beside observed, under the first cross', () => {
  const lie = parseLadder(
    HANDSHAKE.replace('<SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED', '<SEQ=x+2><ACK=y+1><CTL=ACK> --> CLOSE-WAIT'),
  )
  const match = matchLadder(lie, perform(handshake, { isns: { left: 100, right: 300 } }), { peers: HOSTS })
  expect(`\n${drawMatch(match)}\n`).toBe(`
       ms     client                                            server
✓          1. CLOSED                                            LISTEN
✓          2. (Open)
    0.000     SYN-SENT    --> <SEQ=x><CTL=SYN>              --> SYN-RECEIVED
✓  20.000  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> <-- SYN-RECEIVED
✗  40.000  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>   --> ESTABLISHED
     │ expected  ESTABLISHED --> <SEQ=x+2><ACK=y+1><CTL=ACK> --> CLOSE-WAIT
     │ observed  ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK> --> ESTABLISHED
     │ SEQ: expected x+2 (102), observed x+1 (101) on the wire. State at server: expected
     │ CLOSE-WAIT, observed ESTABLISHED since 60.000 ms (tracepoint).
`)
})

test('a segment that no row has is marked where it came', () => {
  const rows = handshake.rows.filter(({ label }) => label !== '3')
  const match = matchLadder({ ...handshake, rows }, perform(handshake), { peers: HOSTS })
  const lines = drawMatchLines(match)
  const extra = lines.findIndex(({ kind }) => kind === 'extra')
  expect(lines[extra]?.text).toMatch(/^\+ +20\.000 +\+ +<-- <SEQ=y><ACK=x\+1><CTL=SYN,ACK> <--$/)
  expect(lines[extra + 1]).toMatchObject({ kind: 'failed', text: expect.stringMatching(/^✗ +40\.000 +4\./) })
})

test('repeats are drawn at their time, with a prime', () => {
  const match = matchLadder(handshake, perform(handshake, { retransmitted: ['2'] }), {
    peers: HOSTS,
    repeats: 'allowed',
  })
  expect(drawMatch(match)).toMatch(/^ +200\.000 +2′ +--> <SEQ=x><CTL=SYN> +-->$/m)
})

test('rows that are waited for are drawn as they are expected', () => {
  const { text, kind } = drawMatchLines(
    matchLadder(handshake, perform(handshake), { peers: { left: 'client', right: 'nobody' }, complete: false }),
  ).at(-1) ?? { text: '', kind: 'ok' }
  expect(text).toMatch(/^· +4\. ESTABLISHED --> <SEQ=x\+1>/)
  expect(kind).toBe('plain')
})

test('a hundred columns hold every figure, however it went', () => {
  const time = parseLadder(TIME_WAIT)
  const all = [{ ladder: time, evidence: perform(time) }].concat(
    Object.values(LADDERS).flatMap(text => {
      const ladder = parseLadder(text)
      const evidence = perform(ladder)
      return [{ ladder, evidence }, ...mutations(ladder).map(lie => ({ ladder: lie.ladder, evidence }))]
    }),
  )
  for (const { ladder, evidence } of all) {
    for (const { text } of drawMatchLines(matchLadder(ladder, evidence, { peers: HOSTS }))) {
      expect(text.length <= 100 ? '' : text).toBe('')
    }
  }
})

test('what LISTEN and CLOSED both name is drawn by the name that the row has for it', () => {
  const figure = parseLadder(LADDERS['figure8'] ?? '')
  const lines = drawMatch(matchLadder(figure, perform(figure), { peers: HOSTS })).split('\n')
  expect(lines.find(line => line.includes(' 5. '))).toMatch(/--> LISTEN$/)
})

test('words of both sides stand right above their states', () => {
  const ladder = parseLadder(`
     client                                      server
  1.                                             (Open)
     (Open)                                      (at last)
     SYN-SENT  --> <SEQ=x><CTL=SYN>          --> SYN-RECEIVED
`)
  expect(`\n${drawLadder(ladder)}\n`).toBe(`
    client                            server
 1.                                   (Open)
    (Open)                            (at last)
    SYN-SENT --> <SEQ=x><CTL=SYN> --> SYN-RECEIVED
`)
})
