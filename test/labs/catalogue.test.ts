import { beforeAll, describe, expect, it } from 'vitest'
import { findLab, labNames, loadWanted } from '../../src/lab/catalogue.ts'
import type { LabCase } from '../../src/lab/lab.ts'
import { resolveOwnName } from '../../src/lab/load.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { runLabs } from '../handwave.ts'
import { mutations } from '../ladder/mutations.ts'
import { turningEvidence } from './turning-evidence.ts'

resolveOwnName()
const cases: LabCase[] = (await Promise.all(labNames().map(name => loadWanted(findLab(name))))).flat()
const PEERS = { left: 'client', right: 'server' }

/** Every lab there is, run once; new ones are found by themselves. */
describe('the catalogue on the lab kernel', () => {
  let document: RunDocument

  beforeAll(async () => {
    ;({ document } = await runLabs())
  })

  const resultOf = ({ id, name }: LabCase) => {
    const result = document.labs.find(lab => lab.id === id && lab.case === name)
    if (!result) throw new Error(`${id} was not run`)
    return result
  }

  describe.each(cases.map(labCase => ({ label: `${labCase.id}/${labCase.name}`, labCase })))(
    '$label',
    ({ labCase }) => {
      const match = (ladder: ReturnType<typeof parseLadder>, tail: 'ignored' | 'strict') => {
        const { repeats = 'forbidden', departs = [] } = labCase.spec
        return matchLadder(ladder, resultOf(labCase).evidence, { peers: PEERS, repeats, departs, tail, complete: true })
      }

      it('passes, every row and every claim', () => {
        const { verdict, reasons, rows, claims } = resultOf(labCase)
        expect({ verdict, reasons }).toEqual({ verdict: 'pass', reasons: [] })
        expect(rows.filter(({ ok }) => !ok)).toEqual([])
        expect(claims.filter(({ ok }) => !ok)).toEqual([])
      })

      it('has every segment with its departure and its arrival, or its recorded loss', () => {
        const { evidence } = resultOf(labCase)
        const unknown = evidence.segments.filter(({ arrived, lost }) => (arrived === null) === (lost === null))
        expect(unknown).toEqual([])
        expect(evidence.captureDrops).toBe(0)
      })

      it("agrees with the kernels' own counters", () => {
        const { evidence } = resultOf(labCase)
        for (const [host, counters] of Object.entries(evidence.counters)) {
          const departed = evidence.segments.filter(({ from }) => from === host)
          const arrived = evidence.segments.filter(({ to, arrived }) => to === host && arrived)
          expect(departed).toHaveLength(counters.left)
          // Nothing counts the SYN+ACK of a simultaneous open (__tcp_transmit_skb, net/ipv4/tcp_output.c).
          const uncounted = evidence.states.filter(
            change => change.host === host && change.from === 'SYN_SENT' && change.to === 'SYN_RCVD',
          )
          // A SYN+ACK that is sent again counts as both (tcp_rtx_synack).
          const answers = departed.filter(({ flags }) => flags.includes('SYN') && flags.includes('ACK'))
          const twice = answers.length - new Set(answers.map(({ connection, seq }) => `${connection} ${seq}`)).size
          // An answer with a cookie is never sent again: the next one is another, if with the same number.
          const again = Math.min(twice, counters.retransSegs)
          const counted = counters.outSegs + counters.retransSegs + uncounted.length - again
          // TCP counts nothing that a raw socket sends, and a RST that is withheld or lost with its host.
          const isOtherwise = /\.(withholdResets|crash)\(|\bhost\('|\bflood\(/.test(labCase.spec.play.toString())
          if (!isOtherwise) expect(departed).toHaveLength(counted)
          expect(arrived).toHaveLength(counters.inSegs)
        }
      })

      it('lets no lie about its picture pass', () => {
        // Of rows that are alike none can be told from the others: with one more or less it is at the last that it shows.
        const { rows } = resultOf(labCase)
        const segmentOf = (text: string) => /(?:-->|<--|\.\.\.|XXX).*(?:-->|<--|\.\.\.|XXX)/.exec(text)?.[0]
        const hasTwin = (name: string) => {
          const changed = rows.find(
            ({ label }) => name === `row ${label} removed` || name === `the same row added after ${label}`,
          )
          return (
            rows.filter(({ expected }) => changed && segmentOf(expected) === segmentOf(changed.expected)).length > 1
          )
        }
        const lies = mutations(parseLadder(labCase.spec.ladder))
        expect(lies.length).toBeGreaterThan(40)
        const believed = lies.flatMap(({ name, row, ladder, tail }) => {
          const { ok, firstFailure } = match(ladder, tail)
          return !ok && (firstFailure?.row === row || hasTwin(name))
            ? []
            : [`${name}: ${ok ? 'passes' : `fails at ${firstFailure?.row}`}`]
        })
        expect(believed).toEqual([])
      })

      it('has claims whose finding other evidence turns', () => {
        const { evidence } = resultOf(labCase)
        const told = match(parseLadder(labCase.spec.ladder), 'ignored')
        const fixed = Object.entries(labCase.spec.claims ?? {}).filter(
          ([, claim]) => turningEvidence(claim, evidence, told) === null,
        )
        expect(fixed.map(([id]) => id)).toEqual([])
      })
    },
  )
})
