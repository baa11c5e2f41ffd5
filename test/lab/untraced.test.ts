import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { mergeEvidence } from '../../src/evidence/merge.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { decide, judgeClaims } from '../../src/lab/judge.ts'
import { holds, type LabSpec } from '../../src/lab/lab.ts'
import { HANDSHAKE, LADDERS, TIME_WAIT } from '../ladder/figures.ts'
import { HOSTS, perform } from '../ladder/perform.ts'
import { type Telling, untraced } from '../evidence/untraced.ts'

const OPENING = parseLadder(HANDSHAKE)
const CLOSING = parseLadder(TIME_WAIT)

/** Of the labs that come with these pictures, some of what holds and some of what does not. */
const OF_OPENING: LabSpec['claims'] = {
  C03: holds(seen => seen.client.moved('CLOSED', 'SYN_SENT').before(seen.row(2).departed)),
  C04: holds(
    seen =>
      seen.server.moved('LISTEN', 'SYN_RCVD').after(seen.row(2).arrived) &&
      seen.server.synRcvd.before(seen.row(3).departed),
  ),
  C05: holds(seen => seen.client.moved('SYN_SENT', 'ESTABLISHED').after(seen.row(3).arrived)),
  C06: holds(seen => seen.server.moved('SYN_RCVD', 'ESTABLISHED').after(seen.row(4).arrived)),
  C07: holds(seen => seen.server.established.before(seen.client.established)),
  C09: holds(seen => seen.server.wentThrough('LISTEN', 'SYN_RCVD', 'ESTABLISHED')),
  C10: holds(seen => seen.server.wasIn('SYN_RCVD')),
  C20: holds(seen => seen.server.wasIn('SYN_SENT')),
}

const OF_CLOSING: LabSpec['claims'] = {
  C22: holds(seen => seen.client.moved('ESTABLISHED', 'FIN_WAIT_1').before(seen.row(2).departed)),
  C23: holds(seen => seen.server.closeWait.after(seen.row(2).arrived)),
  C24: holds(seen => seen.client.moved('FIN_WAIT_1', 'FIN_WAIT_2').after(seen.row(3).arrived)),
  C27: holds(seen => seen.server.lastAck.before(seen.row(4).departed)),
  C28: holds(seen => seen.client.moved('FIN_WAIT_2', 'TIME_WAIT').after(seen.row(4).arrived)),
  C29: holds(seen => seen.server.closed.before(seen.client.closed)),
  C31: holds(seen => seen.client.finWait1.before(seen.server.lastAck) && !seen.server.wasIn('TIME_WAIT')),
  C37: holds(seen => seen.row(5).isLost && seen.row(6).departed.after(seen.row(4).departed)),
  C39: holds(seen => seen.client.closed.since(seen.client.timeWait) >= 240_000),
}

const EACH = [
  { ladder: OPENING, claims: OF_OPENING },
  { ladder: CLOSING, claims: OF_CLOSING },
] as const

function judged({ ladder, claims }: (typeof EACH)[number], evidence: Evidence) {
  const match = matchLadder(ladder, evidence, { peers: HOSTS })
  const found = judgeClaims(claims, evidence, match)
  return { found, findings: found.map(({ id, finding }) => `${id} ${finding}`), match }
}

function drawn<T>(values: readonly T[]): () => T {
  let next = 0
  return () => values[next++ % values.length] as T
}

const late = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 40, maxLength: 40 })
const sight = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 })

describe('without a trace', () => {
  test('claims are found as with one, where tables were read in time', () => {
    for (const each of EACH) {
      const traced = perform(each.ladder)
      expect(judged(each, mergeEvidence(untraced(traced))).findings).toEqual(judged(each, traced).findings)
    }
  })

  test('a claim comes out as with one, or open, however late stamps are and whatever nobody looked at', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EACH), late, sight, (each, late, sight) => {
        const traced = perform(each.ladder)
        const evidence = mergeEvidence(untraced(traced, { lateMs: drawn(late), looks: drawn(sight) }))
        const truth = judged(each, traced).findings
        for (const [index, finding] of judged(each, evidence).findings.entries())
          expect([truth[index], `${truth[index]?.slice(0, 3)} inconclusive`]).toContain(finding)
      }),
      { numRuns: 500 },
    )
  })

  test('no picture fails for want of a witness, though stamps are later than the link is slow', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(LADDERS)),
        late,
        sight,
        fc.boolean(),
        (text, late, sight, saysAway) => {
          const ladder = parseLadder(text)
          const telling = { lateMs: drawn(late), looks: drawn(sight), saysAway }
          const evidence = mergeEvidence(untraced(perform(ladder), telling))
          expect(decide(matchLadder(ladder, evidence, { peers: HOSTS }), [], evidence, []).verdict).not.toBe('fail')
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a segment that no row has is told as it is, whatever the clocks leave open', () => {
    const wrong = [
      ['4', HANDSHAKE.replace('<SEQ=x+1>', '<SEQ=x+2>'), /^SEQ: expected x\+2 \(\d+\), observed x\+1 /],
      ['3', HANDSHAKE.replace('<ACK=x+1>', '<ACK=x+7>'), /^ACK: expected x\+7 /],
      ['4', HANDSHAKE.replace('<CTL=ACK>', '<CTL=RST,ACK>'), /^CTL: expected RST,ACK, observed ACK /],
    ] as const
    fc.assert(
      fc.property(fc.constantFrom(...wrong), late, sight, ([row, text, reason], late, sight) => {
        const evidence = mergeEvidence(untraced(perform(OPENING), { lateMs: drawn(late), looks: drawn(sight) }))
        const match = matchLadder(parseLadder(text), evidence, { peers: HOSTS })
        expect(match.firstFailure).toMatchObject({ row, reason: expect.stringMatching(reason) })
        expect(decide(match, [], evidence, [])).toEqual({
          verdict: 'fail',
          reasons: [`Row ${row}: ${match.firstFailure?.reason}`],
        })
      }),
      { numRuns: 200 },
    )
  })

  test('a segment that nobody has sent is missed, whatever the clocks leave open', () => {
    const text = `${HANDSHAKE}\n  9. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED\n`
    const { segments, ...evidence } = mergeEvidence(untraced(perform(OPENING)))
    // That a server listened is seen in a table, read some time after the call; for all one knows after its SYN+ACK had left.
    const inDoubt = segments.map(segment =>
      segment.from === 'server' ? { ...segment, departed: { ...segment.departed, sureN: 0 } } : segment,
    )
    const open = { ...evidence, segments: inDoubt }
    const match = matchLadder(parseLadder(text), open, { peers: HOSTS, complete: true, hasStoodStill: true })
    expect(decide(match, [], open, [])).toEqual({ verdict: 'fail', reasons: ['Row 9: No such segment was seen.'] })
  })

  test('what nobody looked at leaves the verdict open, and says so', () => {
    const looks: Telling['looks'] = (_, host) => host === 'client'
    const evidence = mergeEvidence(untraced(perform(OPENING), { looks }))
    const { match } = judged(EACH[0], evidence)
    const { verdict, reasons } = decide(match, [], evidence, [])
    expect(verdict).toBe('inconclusive')
    expect(reasons[0]).toMatch(
      /^Row 2: server was not seen between LISTEN and ESTABLISHED, from .* \(--trace sees it\)\.$/,
    )
  })

  test('timers were not seen, and no claim may say that there were none', () => {
    const evidence = mergeEvidence(untraced(perform(OPENING)))
    const claims = { C03: holds(seen => seen.client.timers('retransmit').length === 0) }
    expect(judgeClaims(claims, evidence, matchLadder(OPENING, evidence, { peers: HOSTS }))).toMatchObject([
      { finding: 'inconclusive', why: "A kernel's timers are seen in its trace alone (--trace)." },
    ])
  })

  test('a duration that lies within what the clocks leave open is open', () => {
    const evidence = mergeEvidence(untraced(perform(CLOSING), { lateMs: () => 5 }))
    const [departed = 0] = evidence.segments.flatMap(({ arrived, departed }) =>
      arrived ? [arrived.tMs - departed.tMs] : [],
    )
    const longer = (ms: number) => ({ C03: holds(seen => seen.row(2).arrived.since(seen.row(2).departed) >= ms) })
    const match = matchLadder(CLOSING, evidence, { peers: HOSTS })
    const found = [departed - 20, departed, departed + 20].map(
      ms => judgeClaims(longer(ms), evidence, match)[0]?.finding,
    )
    expect(found).toEqual(['holds', 'inconclusive', 'refuted'])
  })
})
