import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { findLab, labNames, loadWanted } from '../../src/lab/catalogue.ts'
import { CLAIMS, type ClaimId } from '../../src/lab/claim-texts.ts'
import type { LabCase } from '../../src/lab/lab.ts'
import { loadLab, resolveOwnName } from '../../src/lab/load.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { runLabs } from '../handwave.ts'
import { UNIVERSAL } from './turned/universal.ts'

resolveOwnName()
const FOLDER = join(import.meta.dirname, 'turned')
const files = readdirSync(FOLDER).filter(file => file.endsWith('.lab.ts'))
const turnedCases = (await Promise.all(files.map(file => loadLab(join(FOLDER, file))))).flat()
const labs = await Promise.all(
  labNames().map(async id => ({ id, cases: await loadWanted(findLab(id)), turned: turnsOf(id, turnedCases) })),
)

/** The claims that files in turned/ turn for a lab. */
function turnsOf(id: string, cases: readonly LabCase[]): string[] {
  return cases.filter(labCase => labCase.id === id).flatMap(({ spec }) => Object.keys(spec.claims ?? {}))
}

/** What stands in the way of calling a lab's claim put to the test; or null. */
function objection(id: ClaimId, lab: (typeof labs)[number]): string | null {
  const checks = lab.cases.flatMap(({ spec }) => spec.claims?.[id] ?? [])
  const isTurned = lab.turned.includes(id)
  // That its cases come out both ways is asked when they run (settleDepends).
  if (checks.some(({ expected }) => expected !== checks[0]?.expected))
    return 'its cases expect this and that: it depends'
  if (checks[0]?.expected === 'depends') return checks.length > 1 ? null : 'it depends, and has one case only'
  if (id in UNIVERSAL) return isTurned ? 'it is called universal, and is turned' : null
  return isTurned ? null : `no case of turned/${lab.id}.lab.ts turns it`
}

describe('each claim of each lab', () => {
  it.each(labs)('$id: is turned by a run, or comes out both ways, or it is said why neither', lab => {
    const ids = [...new Set(lab.cases.flatMap(({ spec }) => Object.keys(spec.claims ?? {})))] as ClaimId[]
    const objections = ids.map(id => [id, objection(id, lab)]).filter(([, sentence]) => sentence !== null)
    expect(objections).toEqual([])
  })

  it('is one that a lab has', () => {
    expect(files.map(file => file.replace('.lab.ts', '')).filter(id => !labNames().includes(id))).toEqual([])
    const claimed = labs.flatMap(({ cases }) => cases.flatMap(({ spec }) => Object.keys(spec.claims ?? {})))
    expect(Object.keys(UNIVERSAL).filter(id => !claimed.includes(id) || !(id in CLAIMS))).toEqual([])
  })

  it.each(Object.entries(UNIVERSAL))('%s is universal for a reason', (_, reason) => {
    expect(reason).toMatch(/^[A-Z].{30,}\.$/)
  })
})

describe('turned labs on the lab kernel', () => {
  let document: RunDocument

  // A case takes half a second; on a busy machine three times as much.
  const longestMs = 60_000 + 2000 * turnedCases.length

  beforeAll(async () => {
    ;({ document } = await runLabs(...files.map(file => join(FOLDER, file))))
  }, longestMs)

  it.each(turnedCases.map(labCase => ({ label: `${labCase.id}/${labCase.name}`, labCase })))(
    '$label finds the claims that it names other than the lab expects, and nothing else amiss',
    ({ labCase }) => {
      const result = document.labs.find(lab => lab.id === labCase.id && lab.case === labCase.name)
      const { verdict, reasons, rows, claims } = result ?? { verdict: 'missing', reasons: [], rows: [], claims: [] }
      expect(rows.filter(({ ok }) => !ok)).toEqual([])
      expect(claims.map(({ id }) => id)).toEqual(Object.keys(labCase.spec.claims ?? {}))
      expect(claims.length).toBeGreaterThan(0)
      const turnedOver = { holds: 'refuted', refuted: 'holds', depends: 'a claim that depends has its own cases' }
      for (const { id, expected, finding, why } of claims)
        expect({ id, finding, why }).toEqual({ id, finding: turnedOver[expected], why: null })
      expect({ verdict, reasons: reasons.length }).toEqual({ verdict: 'fail', reasons: claims.length })
    },
  )
})
