import type { ClaimId } from './claim-texts.ts'
import type { Finding } from './lab.ts'
import type { LabResult } from './result.ts'

/** What a run of a lab's case leaves for `claims` and `coverage`. Whoever changes its shape changes the schema's number. */
export interface CaseRecord {
  readonly schema: 'handwave/case@1'
  readonly lab: string
  readonly case: string | null
  /** Of the lab's file as it was run (a digest): of another version nothing is known. */
  readonly source: string
  /** When it was told, ISO 8601. */
  readonly at: string
  readonly claims: readonly RecordedClaim[]
  readonly edges: readonly string[]
}

export interface RecordedClaim {
  readonly id: ClaimId
  readonly expected: Finding
  readonly finding: 'holds' | 'refuted' | 'inconclusive'
}

/** Evidence with a hole in it shows nothing, and of a picture that did not come true the rows may be others' segments. */
export function toCaseRecord(result: LabResult, source: string, at: Date): CaseRecord {
  const isWhole = result.evidence.gaps.length === 0
  const cameTrue = isWhole && result.rows.every(({ ok }) => ok)
  return {
    schema: 'handwave/case@1',
    lab: result.id,
    case: result.case,
    source,
    at: at.toISOString(),
    claims: result.claims.map(({ id, expected, finding }) => ({
      id,
      expected,
      // Whether it depends is settled over all cases there are, not over those of one run.
      finding: cameTrue && finding !== 'depends' ? finding : 'inconclusive',
    })),
    edges: isWhole ? result.edges : [],
  }
}
