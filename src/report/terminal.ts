import type { TimedResult } from '../lab/outside.ts'
import type { ClaimResult, NumberResult, PictureLine, RowResult, Verdict } from '../lab/result.ts'
import { INDENT, indented, type Page, pageOf, type Style } from './page.ts'
import { wrap } from './wrap.ts'

/** One lab as a person reads it: the picture as it was observed, the claims, the verdict. */
export function describeResult(result: TimedResult, stream: NodeJS.WriteStream): string {
  const page = pageOf(stream)
  const name = result.case === null ? result.id : `${result.id}/${result.case}`
  return [
    '',
    ...styled(wrap(`${name}  ${result.title}`, page.width), name, page),
    '',
    ...describePicture(result, page),
    ...(result.claims.length > 0 ? ['', ...result.claims.flatMap(claim => describeClaim(claim, page))] : []),
    ...(result.numbers.length > 0 ? ['', ...describeNumbers(result.numbers, page)] : []),
    '',
    ...describeVerdict(result, page),
    ...result.reasons.flatMap(reason => indented(reason, page)),
    '',
  ].join('\n')
}

export function describeSummary(results: readonly TimedResult[], stream: NodeJS.WriteStream): string {
  const { paint } = pageOf(stream)
  const count = (verdict: Verdict) => results.filter(result => result.verdict === verdict).length
  const parts = [
    paint('green', `${count('pass')} passed`),
    ...(count('fail') > 0 ? [paint('red', `${count('fail')} failed`)] : []),
    ...(count('inconclusive') > 0 ? [paint('yellow', `${count('inconclusive')} inconclusive`)] : []),
  ]
  return `${parts.join(', ')}\n`
}

/** The lab's name stands out, if it stands whole in the first line. */
function styled([first = '', ...others]: readonly string[], name: string, { paint }: Page): string[] {
  return [first.startsWith(name) ? paint('bold', name) + first.slice(name.length) : first, ...others]
}

/** Side by side, as texts draw it, where there is room; one row under the other where there is none. */
function describePicture({ picture, rows }: TimedResult, page: Page): string[] {
  const fits = picture.every(({ text }) => text.trimEnd().length + INDENT.length <= page.width)
  return fits ? picture.map(line => describeLine(line, page)) : rows.flatMap(row => describeRow(row, page))
}

const LINE_STYLES: Readonly<Record<PictureLine['kind'], Style | null>> = {
  ok: null,
  plain: null,
  failed: 'red',
  extra: 'yellow',
}

function describeLine({ text, kind }: PictureLine, { paint }: Page): string {
  const style = LINE_STYLES[kind]
  return `${INDENT}${style === null ? text : paint(style, text)}`.trimEnd()
}

function describeRow({ label, expected, observed, ok, tMs, problems }: RowResult, page: Page): string[] {
  const time = tMs === null ? '' : `  ${tMs.toFixed(3)} ms`
  const told = ok ? [observed] : [`expected ${expected}`, `observed ${observed}`, ...problems]
  const lines = [`${ok ? '✓' : '✗'} ${label}.${time}`, ...told.flatMap(line => indented(line, page))]
  return lines.map(line => describeLine({ text: line, kind: ok ? 'ok' : 'failed' }, page))
}

function describeClaim({ id, text, finding, ok, expected, why }: ClaimResult, page: Page): string[] {
  const { paint, width } = page
  const mark = ok ? paint('green', '✓') : paint(finding === 'inconclusive' ? 'yellow' : 'red', '✗')
  const remark = ok ? '' : `  (expected: ${expected}${why === null ? '' : `; ${why}`})`
  const [first = '', ...others] = wrap(`${id} ${finding.padEnd(8)} ${text}${remark}`, width - 4)
  return [`${INDENT}${mark} ${first}`, ...others.map(line => `${INDENT}${INDENT}${line}`)]
}

/** What was foretold of a host, in one line; what came out otherwise stands beside it. */
function describeNumbers(numbers: readonly NumberResult[], page: Page): string[] {
  return [...Map.groupBy(numbers, ({ host }) => host)].flatMap(([host, own]) => {
    const mark = own.every(({ ok }) => ok) ? page.paint('green', '✓') : page.paint('red', '✗')
    const shown = own
      .filter(({ expected, observed, what }) => expected !== 0 || observed !== 0 || what === 'half-open')
      .map(({ what, expected, observed, ok }) => `${what} ${expected}${ok ? '' : ` (is ${observed ?? 'unseen'})`}`)
    const [first = '', ...others] = wrap(`${host}, as foretold: ${shown.join(', ')}`, page.width - 4)
    return [`${INDENT}${mark} ${first}`, ...others.map(line => `${INDENT}${INDENT}${line}`)]
  })
}

const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = { pass: 'green', fail: 'red', inconclusive: 'yellow' }

function describeVerdict({ verdict, labMs, wallMs }: TimedResult, page: Page): string[] {
  const word = verdict.toUpperCase()
  const times = `${(labMs / 1000).toFixed(1)} s in the lab, ${(wallMs / 1000).toFixed(2)} s on the wall`
  const [first = '', ...others] = indented(`${word}  ${times}`, page)
  return [first.replace(word, page.paint(['bold', VERDICT_STYLES[verdict]] as Style, word)), ...others]
}
