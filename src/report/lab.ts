import { drawLadder } from '../ladder/draw.ts'
import type { Departure } from '../ladder/departures.ts'
import { toLines } from '../ladder/layout.ts'
import { parseLadder } from '../ladder/parse.ts'
import { CLAIMS, type ClaimId } from '../lab/claim-texts.ts'
import type { LabCase, LabSpec } from '../lab/lab.ts'
import { type Page, pageOf } from './page.ts'
import { wrap } from './wrap.ts'

/** Longer lines are hard to read, however wide the page is. */
const WIDEST_PROSE = 100
/** Of a row, where a picture has no room for columns. */
const NUMBER_WIDTH = 4

/** A lab as a student reads it before it runs: what it teaches, what is set, its pictures, its claims. */
export function describeLab(cases: readonly LabCase[], stream: NodeJS.WriteStream): string {
  const page = pageOf(stream)
  const prose = { ...page, width: Math.min(page.width, WIDEST_PROSE) }
  const [first] = cases
  if (!first) return ''
  const [settings, claims] = [inCommon(cases, settingsOf), inCommon(cases, claimsOf)]
  const whole = [
    [first.spec.title].flatMap(title => wrap(title, prose.width).map(line => page.paint('bold', line))),
    describeLesson(first.spec.lesson, prose),
    list(settings.common, prose),
    ...cases.flatMap(({ id, name, spec }, index) => [
      name === null ? [] : [page.paint('bold', `${id}/${name}`)],
      spec.lesson === first.spec.lesson ? [] : describeLesson(spec.lesson, prose),
      list(settings.own[index] ?? [], prose),
      describeLadder(spec.ladder, page),
      ...(spec.departs ?? []).map(departure => describeDeparture(departure, prose)),
      headed('Claims:', list(claims.own[index] ?? [], prose)),
    ]),
    headed(cases.length > 1 ? 'Claims in each case:' : 'Claims:', list(claims.common, prose)),
  ]
  return `${whole
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

/** What is the same in all cases, and what is each one's own. */
function inCommon(cases: readonly LabCase[], linesOf: (spec: LabSpec) => string[]) {
  const lines = cases.map(({ spec }) => linesOf(spec))
  const common = (lines[0] ?? []).filter(line => lines.every(others => others.includes(line)))
  return { common, own: lines.map(own => own.filter(line => !common.includes(line))) }
}

/** Paragraphs are filled anew; what is indented in the lesson, as a table is, stays as it stands. */
function describeLesson(lesson: string, { width }: Page): string[] {
  return lesson.split(/\n\s*\n/).flatMap((paragraph, index) => {
    const lines = paragraph.split('\n')
    const stays = lines.some(line => /^\s+\S/.test(line))
    return [...(index === 0 ? [] : ['']), ...(stays ? lines : wrap(lines.map(line => line.trim()).join(' '), width))]
  })
}

function settingsOf({ link = {}, sysctls = {}, hosts = [], needs = [], guard = {}, flood }: LabSpec): string[] {
  const { to = {}, ...everywhere } = link
  const words = (netem: object) =>
    Object.entries(netem)
      .map(([word, value]) => `${word} ${value}`)
      .join(', ')
  return [
    ...(words(everywhere) === '' ? [] : [`Link: ${words(everywhere)}`]),
    ...Object.entries(to).map(([host, netem]) => `Link to ${host}: ${words(netem)}`),
    ...Object.entries(sysctls).flatMap(([host, settings]) =>
      Object.entries(settings).map(([name, value]) => `At ${host}: ${name} = ${value}`),
    ),
    ...(hosts.length > 0 ? [`Further hosts: ${hosts.join(', ')}`] : []),
    ...Object.entries(guard).map(([host, told]) => `A SYN proxy before ${host}: ${words(told)}`),
    ...(flood
      ? [`A flood from ${flood.from} to ${flood.to}: ${flood.segments} SYNs, ${flood.perSecond} a second`]
      : []),
    ...needs.map(need => `Needs ${need}`),
  ]
}

function claimsOf({ claims = {} }: LabSpec): string[] {
  return Object.entries(claims).map(([id, { expected }]) => `${id} ${CLAIMS[id as ClaimId]} (expected: ${expected})`)
}

function describeDeparture({ row, after, linux, because }: Departure, { width }: Page): string[] {
  const place = row === undefined ? `after row ${after}` : `in place of row ${row}`
  return [...wrap(`Linux, ${place}: ${linux.replaceAll(/\s+/g, ' ').trim()}`, width, '  '), ...wrap(because, width)]
}

/** Side by side, as texts draw it, where there is room; one line under the other where there is none. */
function describeLadder(text: string, { width }: Page): string[] {
  const ladder = parseLadder(text)
  const drawn = drawLadder(ladder).split('\n')
  if (drawn.every(line => line.length <= width)) return drawn
  const [leftName, rightName] = ladder.peers
  return ladder.rows.flatMap(toLines).flatMap(({ number, left, segment, right }) => {
    const sides = [
      ...(left === '' ? [] : [`${leftName}: ${left}`]),
      ...(right === '' ? [] : [`${rightName}: ${right}`]),
    ]
    const words = segment ? [left, segment.left, segment.fields, segment.right, right] : [sides.join(', ')]
    const lines = wrap(words.filter(word => word !== '').join(' '), width - NUMBER_WIDTH)
    return lines.map((line, index) => (index === 0 ? number : '').padEnd(NUMBER_WIDTH) + line)
  })
}

function headed(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [heading, ...lines]
}

function list(lines: readonly string[], { width }: Page): string[] {
  return lines.flatMap(line => wrap(line, width, '    '))
}
