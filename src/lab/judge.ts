import { UsageError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { LadderMatch } from '../ladder/match.ts'
import { CLAIMS, type ClaimId } from './claim-texts.ts'
import type { ClaimCheck, LabSpec } from './lab.ts'
import type { ClaimResult, LabResult, Verdict } from './result.ts'
import { type Clocks, NotSeen } from './seen-moment.ts'
import { Seen } from './seen.ts'

export function judgeClaims(claims: LabSpec['claims'], evidence: Evidence, match: LadderMatch): ClaimResult[] {
  return Object.entries(claims ?? {}).map(([id, check]) => judgeClaim(id as ClaimId, check, evidence, match))
}

function judgeClaim(id: ClaimId, check: ClaimCheck, evidence: Evidence, match: LadderMatch): ClaimResult {
  const seen = new Seen(evidence, match)
  const claim = { id, text: CLAIMS[id], expected: check.expected }
  const ask = (asked: Seen): boolean => {
    const judged: unknown = check.judge(asked)
    if (typeof judged === 'boolean') return judged
    throw new UsageError('CLAIM', `The check of claim ${id} gives no true or false, but ${String(judged)}.`)
  }
  try {
    const judged = ask(seen)
    if (evidence.unseen && wrongClocks().some(clocks => ask(new Seen(evidence, match, clocks)) !== judged))
      throw new NotSeen('It lies within what the clocks leave open.')
    const finding = judged ? 'holds' : 'refuted'
    // One case of a `depends` may come out either way; whether both ways occur is decided over all cases.
    const ok = check.expected === 'depends' || check.expected === finding
    return { ...claim, finding, ok, why: null, evidence: seen.looked() }
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    return { ...claim, finding: 'inconclusive', ok: false, why: error.message, evidence: seen.looked() }
  }
}

/** A duration is a plain number to a claim: whether its doubt matters shows where the claim is asked again. */
function wrongClocks(): Clocks[] {
  let asked = 0
  const turn = () => (asked++ % 2 === 0 ? 1 : -1)
  return [doubt => doubt, doubt => -doubt, doubt => turn() * doubt, doubt => -turn() * doubt]
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
  if (match.firstFailure && !match.firstFailure.inAnyOrder && isOrderInDoubt(match, evidence)) {
    const { row, reason } = match.firstFailure
    const sentence = `Row ${row} does not fit, but the clocks cannot tell in which order all of it happened: ${reason}`
    return { verdict: 'inconclusive', reasons: [...mishaps.map(mishap => mishap.sentence), sentence] }
  }
  const wrong = claims.filter(({ ok, finding }) => !ok && finding !== 'inconclusive')
  const failures = [
    ...told('fail'),
    ...(match.firstFailure ? [`Row ${match.firstFailure.row}: ${match.firstFailure.reason}`] : []),
    ...wrong.map(
      ({ id, expected, finding }) => `${id} was expected to come out as '${expected}', and is '${finding}'.`,
    ),
  ]
  if (failures.length > 0 || !match.isOver) return { verdict: 'fail', reasons: [...failures, ...told('inconclusive')] }
  const open = claims.filter(({ finding }) => finding === 'inconclusive').map(({ id, why }) => `${id}: ${why}`)
  const unseen = match.rows.flatMap(({ label, verdict, problems }) =>
    verdict === 'unseen' ? [`Row ${label}: ${problems.join(' ')}`] : [],
  )
  const doubts = [...told('inconclusive'), ...unseen, ...open]
  return { verdict: doubts.length > 0 ? 'inconclusive' : 'pass', reasons: doubts }
}

/** What came of a play that was late is nobody's fault but the machine's; what came out as it should has come out. */
export function allowFor(late: string | null, decided: ReturnType<typeof decide>): ReturnType<typeof decide> {
  if (late === null || decided.verdict === 'pass') return decided
  return { verdict: 'inconclusive', reasons: [...decided.reasons, late] }
}

/** A ladder takes each peer's own order for certain: where clocks leave it open, what does not fit may be their fault. */
function isOrderInDoubt({ connection }: LadderMatch, { segments, calls }: Evidence): boolean {
  const own = segments.filter(segment => segment.connection === connection)
  const instants = [
    ...own.flatMap(({ departed, arrived }) => (arrived ? [departed, arrived] : [departed])),
    ...calls.filter(call => call.connection === connection && call.call !== 'accept'),
  ]
  return instants.some(({ sureN }) => sureN !== undefined)
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
  const cases = results.filter(({ id }) => id === lab)
  const findings = cases.flatMap(({ claims }) =>
    claims.filter(({ id }) => id === claim.id).map(({ finding }) => finding),
  )
  const bothWays = findings.includes('holds') && findings.includes('refuted')
  const bothRun = cases.length > 1 && cases.every(({ verdict }) => verdict !== 'inconclusive')
  if (bothWays) return { ...claim, finding: 'depends', ok: true }
  // A single case, run by itself, shows one side, and so may those that this machine can run: that is no contradiction.
  return bothRun ? { ...claim, ok: false, why: `it came out as '${claim.finding}' in every case` } : claim
}
