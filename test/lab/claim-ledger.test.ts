import { describe, expect, it } from 'vitest'
import type { CaseRecord, RecordedClaim } from '../../src/lab/case-record.ts'
import { claimLedger } from '../../src/lab/claim-ledger.ts'
import { CLAIMS, type ClaimId } from '../../src/lab/claim-texts.ts'
import { depends, type Finding, holds, type LabCase, type LabSpec, refuted } from '../../src/lab/lab.ts'

const CHECKS = { holds, refuted, depends }

function labCase(id: string, name: string | null, claims: Partial<Record<ClaimId, Finding>>): LabCase {
  const checks = Object.entries(claims).map(([claim, expected]) => [claim, CHECKS[expected](() => true)])
  const spec: LabSpec = { title: '', lesson: '', ladder: '', play: async () => {}, claims: Object.fromEntries(checks) }
  return { id, name, spec }
}

function record({ id, name, spec }: LabCase, finding: RecordedClaim['finding']): CaseRecord {
  const claims = Object.entries(spec.claims ?? {}).map(([claim, { expected }]) => ({
    id: claim as ClaimId,
    expected,
    finding,
  }))
  return { schema: 'handwave/case@1', lab: id, case: name, source: '', at: '', claims, edges: [] }
}

const one = labCase('one', null, { C02: 'holds' })
const other = labCase('other', 'a', { C02: 'refuted' })
const [thisSide, thatSide] = [labCase('both', 'this', { C43: 'depends' }), labCase('both', 'that', { C43: 'depends' })]
const labs = [one, other, thisSide, thatSide]

const entry = (id: ClaimId, ...records: CaseRecord[]) => {
  const { finding, why, shownBy } = claimLedger(labs, records).find(claim => claim.id === id) ?? {}
  return { finding, why, by: shownBy?.map(({ lab, case: name }) => (name === null ? lab : `${lab}/${name}`)) }
}

describe('the ledger of claims', () => {
  it('has all of them, in order, each with the place where it is written', () => {
    const ledger = claimLedger(labs, [])
    expect(ledger.map(({ id }) => id)).toEqual(Object.keys(CLAIMS))
    expect(ledger).toHaveLength(56)
    for (const { text, section } of ledger) {
      expect(text).toMatch(/\.$/)
      expect(section).toMatch(/^(RFC \d+, \d+(\.\d+)*|Not in RFC 9293\b)/)
    }
  })

  it('agrees where all labs agree', () => {
    expect(entry('C02', record(one, 'holds'))).toEqual({ finding: 'holds', why: null, by: ['one'] })
    expect(entry('C02', record(one, 'refuted'), record(other, 'refuted'))).toEqual({
      finding: 'refuted',
      why: null,
      by: ['one', 'other/a'],
    })
  })

  it('says that it depends where one lab bears it out and another does not', () => {
    expect(entry('C02', record(one, 'holds'), record(other, 'refuted'))).toMatchObject({
      finding: 'depends',
      why: null,
    })
    expect(entry('C43', record(thisSide, 'holds'), record(thatSide, 'refuted'))).toMatchObject({ finding: 'depends' })
  })

  it('takes one side of what depends for no answer', () => {
    expect(entry('C43', record(thisSide, 'holds'))).toEqual({
      finding: 'undecided',
      why: 'It depends, and only one side of it was seen.',
      by: ['both/this'],
    })
  })

  it('says why a claim is undecided', () => {
    expect(entry('C46')).toEqual({ finding: 'undecided', why: 'No lab puts it to the kernel yet.', by: [] })
    expect(entry('C02')).toEqual({ finding: 'undecided', why: 'Not run yet: one, other.', by: [] })
    expect(entry('C02', record(one, 'inconclusive'))).toEqual({
      finding: 'undecided',
      why: 'The last run of one, other did not decide it.',
      by: [],
    })
  })

  it('does not count a run that decided nothing against one that did', () => {
    expect(entry('C02', record(one, 'holds'), record(other, 'inconclusive'))).toMatchObject({ finding: 'holds' })
  })
})
