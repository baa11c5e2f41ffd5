import type { CaseRecord } from './case-record.ts'
import { CLAIM_SECTIONS } from './claim-sections.ts'
import { CLAIMS, type ClaimId } from './claim-texts.ts'
import type { Finding, LabCase } from './lab.ts'

/** One claim, and what the kernel makes of it. */
export interface LedgerEntry {
  readonly id: ClaimId
  readonly text: string
  /** Where it is written. */
  readonly section: string
  readonly finding: Finding | 'undecided'
  /** A sentence on why it is undecided. */
  readonly why: string | null
  readonly shownBy: readonly ShownClaim[]
}

interface ShownClaim {
  readonly lab: string
  readonly case: string | null
  readonly expected: Finding
  readonly finding: 'holds' | 'refuted'
}

/** All claims there are, by what is left of the runs of these labs. */
export function claimLedger(labs: readonly LabCase[], records: readonly CaseRecord[]): LedgerEntry[] {
  return (Object.keys(CLAIMS) as ClaimId[]).map(id => {
    const putBy = labs.filter(({ spec }) => spec.claims?.[id] !== undefined)
    const recorded = records.flatMap(({ lab, case: name, claims }) =>
      claims.filter(claim => claim.id === id).map(claim => ({ ...claim, lab, case: name })),
    )
    const shownBy = recorded.flatMap(({ lab, case: name, expected, finding }) =>
      finding === 'inconclusive' ? [] : [{ lab, case: name, expected, finding }],
    )
    const finding = combine(shownBy)
    const oneSided = finding !== 'depends' && recorded.some(({ expected }) => expected === 'depends')
    const why = finding === 'undecided' ? whyNot(putBy, recorded.length > 0) : oneSided ? ONE_SIDE : null
    const entry = { id, text: CLAIMS[id], section: CLAIM_SECTIONS[id], shownBy, why }
    return { ...entry, finding: why === null ? finding : 'undecided' }
  })
}

/** What holds in one lab and is refuted in another depends on what differs between the two. */
function combine(shown: readonly ShownClaim[]): LedgerEntry['finding'] {
  const [first, ...others] = shown
  if (!first) return 'undecided'
  return others.every(({ finding }) => finding === first.finding) ? first.finding : 'depends'
}

const ONE_SIDE = 'It depends, and only one side of it was seen.'

function whyNot(putBy: readonly LabCase[], wasRun: boolean): string {
  const labs = [...new Set(putBy.map(({ id }) => id))].join(', ')
  if (labs === '') return 'No lab puts it to the kernel yet.'
  return wasRun ? `The last run of ${labs} did not decide it.` : `Not run yet: ${labs}.`
}
