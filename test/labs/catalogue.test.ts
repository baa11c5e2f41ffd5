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
          // These two agree as long as no SYN+ACK is sent again and nobody opens simultaneously.
          expect(departed).toHaveLength(counters.outSegs + counters.retransSegs)
          expect(arrived).toHaveLength(counters.inSegs)
        }
      })

      it('lets no lie about its picture pass', () => {
        const lies = mutations(parseLadder(labCase.spec.ladder))
        expect(lies.length).toBeGreaterThan(50)
        const believed = lies.flatMap(({ name, row, ladder, tail }) => {
          const { ok, firstFailure } = match(ladder, tail)
          return !ok && firstFailure?.row === row ? [] : [`${name}: ${ok ? 'passes' : `fails at ${firstFailure?.row}`}`]
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
