import type { LedgerEntry } from '../lab/claim-ledger.ts'
import { describeAccount, type LedgerAccount, nameSome } from './ledger-account.ts'
import { INDENT, indented, type Page, pageOf, type Style } from './page.ts'
import { wrap } from './wrap.ts'

/** What `claims --json` prints. Its shape is a promise: whoever changes it changes the schema's number. */
export interface ClaimsDocument extends LedgerAccount {
  readonly schema: 'handwave/claims@1'
  readonly claims: readonly LedgerEntry[]
}

export function toClaimsDocument(account: LedgerAccount, claims: readonly LedgerEntry[]): ClaimsDocument {
  return { schema: 'handwave/claims@1', ...account, claims }
}

export function describeClaims(
  account: LedgerAccount,
  claims: readonly LedgerEntry[],
  stream: NodeJS.WriteStream,
): string {
  const page = pageOf(stream)
  const count = (finding: LedgerEntry['finding']) => claims.filter(claim => claim.finding === finding).length
  const decided = claims.length - count('undecided')
  const tally = `holds ${count('holds')}, refuted ${count('refuted')}, depends ${count('depends')}`
  return [
    ...wrap(`What texts claim, by ${describeAccount(account)}.`, page.width),
    ...wrap(`${decided} of ${claims.length} decided: ${tally}.`, page.width),
    '',
    ...claims.flatMap(claim => describeClaim(claim, page)),
    '',
  ].join('\n')
}

const STYLES: Readonly<Record<LedgerEntry['finding'], Style>> = {
  holds: 'green',
  refuted: 'red',
  depends: 'cyan',
  undecided: 'yellow',
}
/** Of 'C01 undecided '. */
const MARGIN = 14

function describeClaim({ id, text, finding, section, why, shownBy }: LedgerEntry, page: Page): string[] {
  const inner = { ...page, width: page.width - MARGIN }
  const [first = '', ...others] = indented(text, inner)
  const proof = why ?? proofOf(finding, shownBy)
  const margin = ' '.repeat(MARGIN)
  return [
    `${INDENT}${id} ${page.paint(STYLES[finding], finding.padEnd(9))}${first.slice(INDENT.length - 1)}`,
    ...[...others, ...indented(`${section}. ${proof}`, inner)].map(line => margin + line),
  ]
}

function proofOf(finding: LedgerEntry['finding'], shownBy: LedgerEntry['shownBy']): string {
  if (finding !== 'depends') return nameSome(shownBy)
  const some = (way: 'holds' | 'refuted') => nameSome(shownBy.filter(shown => shown.finding === way))
  return `Holds in ${some('holds')}; refuted in ${some('refuted')}`
}
