import { describe, expect, it } from 'vitest'
import { allowFor, settleDepends } from '../../src/lab/judge.ts'
import { type LabResult, undecided } from '../../src/lab/result.ts'

function shown(name: string, finding: 'holds' | 'refuted'): LabResult {
  const claim = { id: 'C14', text: '', expected: 'depends', finding, ok: true, why: null, evidence: [] } as const
  return { ...undecided('syn-rcvd', name, '', ''), verdict: 'pass', reasons: [], claims: [claim] }
}

const told = (results: readonly LabResult[]) =>
  settleDepends(results).map(({ verdict, claims }) => [verdict, claims[0]?.finding])

describe('a claim that depends', () => {
  it('does, once its cases have come out both ways', () => {
    expect(told([shown('near', 'holds'), shown('far', 'refuted')])).toEqual([
      ['pass', 'depends'],
      ['pass', 'depends'],
    ])
  })

  it('is wrong where all come out the same', () => {
    expect(told([shown('near', 'holds'), shown('far', 'holds')])).toEqual([
      ['fail', 'holds'],
      ['fail', 'holds'],
    ])
  })

  it('shows one side by itself, or where the others cannot be run', () => {
    expect(told([shown('near', 'holds')])).toEqual([['pass', 'holds']])
    expect(told([shown('near', 'holds'), undecided('syn-rcvd', 'far', '', 'no netem')])).toEqual([
      ['pass', 'holds'],
      ['inconclusive', undefined],
    ])
  })
})

describe('a play that was late', () => {
  const late = 'The machine was busy.'

  it('has shown nothing of a kernel that did something else', () => {
    expect(allowFor(late, { verdict: 'fail', reasons: ['Row 2.'] })).toEqual({
      verdict: 'inconclusive',
      reasons: ['Row 2.', late],
    })
  })

  it('has shown what it was to show, if it has', () => {
    expect(allowFor(late, { verdict: 'pass', reasons: [] })).toEqual({ verdict: 'pass', reasons: [] })
  })

  it('is no excuse for one that was not', () => {
    expect(allowFor(null, { verdict: 'fail', reasons: ['Row 2.'] }).verdict).toBe('fail')
  })
})
