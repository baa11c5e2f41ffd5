import { describe, expect, it } from 'vitest'
import { toCaseRecord } from '../../src/lab/case-record.ts'
import type { ClaimResult, LabResult, RowResult } from '../../src/lab/result.ts'
import { undecided } from '../../src/lab/result.ts'

const AT = new Date('2026-11-28T15:41:00Z')
const row = (ok: boolean): RowResult => ({ n: 1, label: '1', expected: '', observed: '', ok, tMs: 0, problems: [] })
const claim = (finding: ClaimResult['finding']): ClaimResult => ({
  id: 'C02',
  text: '',
  expected: 'holds',
  finding,
  ok: finding === 'holds',
  why: null,
  evidence: [],
})

function result({ rows = [row(true)], gaps = [], finding = 'holds' }: Partial<Parts> = {}): LabResult {
  const empty = undecided('some-lab', 'some-case', '', '')
  return { ...empty, rows, claims: [claim(finding)], edges: ['E05'], evidence: { ...empty.evidence, gaps } }
}

interface Parts {
  readonly rows: readonly RowResult[]
  readonly gaps: readonly string[]
  readonly finding: ClaimResult['finding']
}

const left = (parts: Partial<Parts>) => {
  const { claims, edges } = toCaseRecord(result(parts), 'abc', AT)
  return { finding: claims[0]?.finding, edges }
}

describe('what a run leaves', () => {
  it('says of which lab it is, of which version of it, and of when', () => {
    expect(toCaseRecord(result(), 'abc', AT)).toEqual({
      schema: 'handwave/case@1',
      lab: 'some-lab',
      case: 'some-case',
      source: 'abc',
      at: '2026-11-28T15:41:00.000Z',
      claims: [{ id: 'C02', expected: 'holds', finding: 'holds' }],
      edges: ['E05'],
    })
  })

  it('is what was found, expected or not', () => {
    expect(left({ finding: 'refuted' })).toEqual({ finding: 'refuted', edges: ['E05'] })
    expect(left({ finding: 'inconclusive' })).toEqual({ finding: 'inconclusive', edges: ['E05'] })
  })

  it('is no finding where the picture did not come true: its rows may be others', () => {
    expect(left({ rows: [row(true), row(false)] })).toEqual({ finding: 'inconclusive', edges: ['E05'] })
  })

  it('is nothing where evidence has a hole', () => {
    expect(left({ gaps: ['A segment was missed.'] })).toEqual({ finding: 'inconclusive', edges: [] })
  })
})
