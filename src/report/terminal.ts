import { styleText } from 'node:util'
import type { TimedResult } from '../lab/on-kernel.ts'
import type { ClaimResult, PictureLine, Verdict } from '../lab/result.ts'

type Style = Parameters<typeof styleText>[0]
/** styleText asks the stream and NO_COLOR whether colours are wanted. */
type Paint = (style: Style, text: string) => string

/** One lab as a person reads it: the picture as it was observed, the claims, the verdict. */
export function describeResult(result: TimedResult, stream: NodeJS.WriteStream): string {
  const paint: Paint = (style, text) => styleText(style, text, { stream })
  const name = result.case === null ? result.id : `${result.id}/${result.case}`
  return [
    '',
    `${paint('bold', name)}  ${result.title}`,
    '',
    ...result.picture.map(line => describeLine(line, paint)),
    ...(result.claims.length > 0 ? ['', ...result.claims.map(claim => describeClaim(claim, paint))] : []),
    '',
    `  ${describeVerdict(result.verdict, paint)}  ${describeTimes(result)}`,
    ...result.reasons.map(reason => `  ${reason}`),
    '',
  ].join('\n')
}

export function describeSummary(results: readonly TimedResult[], stream: NodeJS.WriteStream): string {
  const paint: Paint = (style, text) => styleText(style, text, { stream })
  const count = (verdict: Verdict) => results.filter(result => result.verdict === verdict).length
  const parts = [
    paint('green', `${count('pass')} passed`),
    ...(count('fail') > 0 ? [paint('red', `${count('fail')} failed`)] : []),
    ...(count('inconclusive') > 0 ? [paint('yellow', `${count('inconclusive')} inconclusive`)] : []),
  ]
  return `${parts.join(', ')}\n`
}

const LINE_STYLES: Readonly<Record<PictureLine['kind'], Style | null>> = {
  ok: null,
  plain: null,
  failed: 'red',
  extra: 'yellow',
}

function describeLine({ text, kind }: PictureLine, paint: Paint): string {
  const style = LINE_STYLES[kind]
  return `  ${style === null ? text : paint(style, text)}`.trimEnd()
}

function describeClaim({ id, text, finding, ok, expected, why }: ClaimResult, paint: Paint): string {
  const mark = ok ? paint('green', '✓') : paint(finding === 'inconclusive' ? 'yellow' : 'red', '✗')
  const remark = ok ? '' : `  (expected: ${expected}${why === null ? '' : `; ${why}`})`
  return `  ${mark} ${id} ${finding.padEnd(8)} ${text}${remark}`
}

const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = { pass: 'green', fail: 'red', inconclusive: 'yellow' }

function describeVerdict(verdict: Verdict, paint: Paint): string {
  return paint(['bold', VERDICT_STYLES[verdict]] as Style, verdict.toUpperCase())
}

function describeTimes({ labMs, wallMs }: TimedResult): string {
  return `${(labMs / 1000).toFixed(1)} s in the lab, ${(wallMs / 1000).toFixed(2)} s on the wall`
}
