import { UsageError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { LadderMatch } from '../ladder/match.ts'
import { CLAIMS, type ClaimId } from './claim-texts.ts'
import type { ClaimCheck, LabSpec } from './lab.ts'
import type { ClaimResult, LabResult, Verdict } from './result.ts'
import { NotSeen, Seen } from './seen.ts'

export function judgeClaims(claims: LabSpec['claims'], evidence: Evidence, match: LadderMatch): ClaimResult[] {
  return Object.entries(claims ?? {}).map(([id, check]) => judgeClaim(id as ClaimId, check, evidence, match))
}

function judgeClaim(id: ClaimId, check: ClaimCheck, evidence: Evidence, match: LadderMatch): ClaimResult {
  const seen = new Seen(evidence, match)
  const claim = { id, text: CLAIMS[id], expected: check.expected }
  try {
    const judged: unknown = check.judge(seen)
    if (typeof judged !== 'boolean') {
      throw new UsageError('CLAIM', `The check of claim ${id} gives no true or false, but ${String(judged)}.`)
    }
    const finding = judged ? 'holds' : 'refuted'
    // One case of a `depends` may come out either way; whether both ways occur is decided over all cases.
    const ok = check.expected === 'depends' || check.expected === finding
    return { ...claim, finding, ok, why: null, evidence: seen.looked() }
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    return { ...claim, finding: 'inconclusive', ok: false, why: error.message, evidence: seen.looked() }
  }
}

/** Something that went wrong on the way, and what the verdict can be at best. */
export interface Mishap {
  readonly verdict: Exclude<Verdict, 'pass'>
  readonly sentence: string
}

/** Evidence with a hole in it decides nothing, neither for the picture nor against it. */
export function decide(
  match: LadderMatch,
  claims: readonly ClaimResult[],
  evidence: Evidence,
  mishaps: readonly Mishap[],
): { verdict: Verdict; reasons: string[] } {
  const told = (verdict: Verdict) =>
    mishaps.filter(mishap => mishap.verdict === verdict).map(({ sentence }) => sentence)
  if (evidence.gaps.length > 0)
    return { verdict: 'inconclusive', reasons: [...mishaps.map(({ sentence }) => sentence), ...evidence.gaps] }
  const wrong = claims.filter(({ ok, finding }) => !ok && finding !== 'inconclusive')
  const failures = [
    ...told('fail'),
    ...(match.firstFailure ? [`Row ${match.firstFailure.row}: ${match.firstFailure.reason}`] : []),
    ...wrong.map(
      ({ id, expected, finding }) => `${id} was expected to come out as '${expected}', and is '${finding}'.`,
    ),
  ]
  if (failures.length > 0 || !match.ok) return { verdict: 'fail', reasons: [...failures, ...told('inconclusive')] }
  const open = claims.filter(({ finding }) => finding === 'inconclusive').map(({ id, why }) => `${id}: ${why}`)
  const doubts = [...told('inconclusive'), ...open]
  return { verdict: doubts.length > 0 ? 'inconclusive' : 'pass', reasons: doubts }
}

/** A claim that depends must have come out both ways among the cases of its lab. */
export function settleDepends<R extends LabResult>(results: readonly R[]): R[] {
  return results.map(result => {
    const claims = result.claims.map(claim =>
      claim.expected === 'depends' ? settle(claim, result.id, results) : claim,
    )
    const wrong = claims.filter(({ ok }) => !ok)
    if (result.verdict !== 'pass' || wrong.length === 0) return { ...result, claims }
    return { ...result, claims, verdict: 'fail', reasons: wrong.map(({ id, why }) => `${id}: ${why}`) }
  })
}

function settle(claim: ClaimResult, lab: string, results: readonly LabResult[]): ClaimResult {
  const findings = results
    .filter(({ id }) => id === lab)
    .flatMap(({ claims }) => claims.filter(({ id }) => id === claim.id).map(({ finding }) => finding))
  const bothWays = findings.includes('holds') && findings.includes('refuted')
  const bothRun = results.filter(({ id }) => id === lab).length > 1
  if (bothWays) return { ...claim, finding: 'depends', ok: true }
  // A single case, run by itself, shows one side: that is no contradiction.
  return bothRun ? { ...claim, ok: false, why: `it came out as '${claim.finding}' in every case` } : claim
}
