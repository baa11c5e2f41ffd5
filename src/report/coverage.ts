import type { CoveredEdge } from '../lab/edge-coverage.ts'
import { describeAccount, type LedgerAccount, nameSome } from './ledger-account.ts'
import { INDENT, indented, type Page, pageOf } from './page.ts'
import { wrap } from './wrap.ts'

/** What `coverage --json` prints. Its shape is a promise: whoever changes it changes the schema's number. */
export interface CoverageDocument extends LedgerAccount {
  readonly schema: 'handwave/coverage@1'
  readonly shown: number
  readonly edges: readonly CoveredEdge[]
}

export function toCoverageDocument(account: LedgerAccount, edges: readonly CoveredEdge[]): CoverageDocument {
  return { schema: 'handwave/coverage@1', ...account, shown: countShown(edges), edges }
}

export function describeCoverage(
  account: LedgerAccount,
  edges: readonly CoveredEdge[],
  stream: NodeJS.WriteStream,
): string {
  const page = pageOf(stream)
  const deviations = edges.filter(({ status, deviation }) => status === 'shown' && deviation !== null).length
  return [
    ...wrap(`The state machine of RFC 9293, by ${describeAccount(account)}.`, page.width),
    ...wrap(
      `${countShown(edges)} of ${edges.length} edges shown, in ${deviations} of them Linux deviates.`,
      page.width,
    ),
    '',
    ...edges.flatMap(edge => describeEdge(edge, page)),
    '',
  ].join('\n')
}

function countShown(edges: readonly CoveredEdge[]): number {
  return edges.filter(({ status }) => status === 'shown').length
}

const MARKS = {
  shown: { text: '✓', style: 'green' },
  'not shown': { text: '✗', style: 'red' },
  unreachable: { text: '·', style: 'yellow' },
} as const
/** Of '✓ E01 '. */
const MARGIN = 6

function describeEdge(
  { id, from, event, to, section, status, deviation, why, shownBy }: CoveredEdge,
  page: Page,
): string[] {
  const inner = { ...page, width: page.width - MARGIN }
  const { text, style } = MARKS[status]
  const states = `${from.join(', ')} → ${to === 'same' ? 'the same' : to}`
  const [first = '', ...others] = indented(`${states}: ${event}`, inner)
  const where = section === null ? 'Not in RFC 9293' : `RFC 9293, ${section}`
  const lines = [`${where}. ${why ?? nameSome(shownBy)}`, ...(deviation === null ? [] : [deviationOf(deviation)])]
  return [
    `${INDENT}${page.paint(style, text)} ${id} ${first.trimStart()}`,
    ...[...others, ...lines.flatMap(line => indented(line, inner))].map(line => ' '.repeat(MARGIN) + line),
  ]
}

function deviationOf({ states, sends, how }: NonNullable<CoveredEdge['deviation']>): string {
  const sent = sends.length === 0 ? 'nothing' : sends.join('+')
  return `Linux deviates: ${states.join(' → ')}, and sends ${sent}. ${how}.`
}
