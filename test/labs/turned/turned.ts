import { type ClaimCheck, type Lab, lab, type LabSpec } from 'handwave'
import type { ClaimId } from '../../../src/lab/claim-texts.ts'
import { casesOf } from '../../../src/lab/lab.ts'

/** What is put in place of the lab's own, and the claims whose finding it turns. */
export type TurnedCase = Partial<Omit<LabSpec, 'claims'>> & { readonly turns: readonly ClaimId[] }

/**
 * The lab with something changed by which its claims come out otherwise. Nothing but `turns` is left of them, each with
 * the lab's own check.
 */
export function turned(original: Lab, cases: Readonly<Record<string, TurnedCase>>): Lab {
  const changed = Object.entries(cases).map(([name, { turns, ...change }]) => {
    const claims = Object.fromEntries(turns.map(id => [id, checkOf(original, id)]))
    return [name, { ...change, claims }]
  })
  return lab({ ...original.spec, claims: {}, cases: Object.fromEntries(changed) })
}

/** Where cases have checks of their own for the claim: one that comes out otherwise only if all of them do. */
function checkOf(original: Lab, id: ClaimId): ClaimCheck {
  const checks = casesOf('', original).flatMap(({ spec }) => spec.claims?.[id] ?? [])
  const [first] = checks
  if (!first) throw new Error(`The lab has no claim ${id} to turn.`)
  const { expected } = first
  if (expected === 'depends' || checks.some(check => check.expected !== expected))
    throw new Error(`The lab's own cases turn ${id}.`)
  const judge: ClaimCheck['judge'] =
    expected === 'holds'
      ? seen => checks.some(check => check.judge(seen))
      : seen => checks.every(check => check.judge(seen))
  return { expected, judge }
}
