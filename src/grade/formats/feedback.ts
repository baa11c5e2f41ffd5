import { orNothing } from '../../ladder/draw-match.ts'
import type { Marks } from '../marks.ts'
import type { PartResult } from '../part-result.ts'

/** All that is told of one submission, as its writer reads it (Markdown). */
export function toFeedback(title: string, { remark, parts }: Marks): string {
  const seen = parts.filter(({ visibility }) => visibility === 'visible')
  const sections = seen.map((part, index) => {
    const before = part.verdict === 'pass' ? undefined : seen.slice(0, index).find(one => why(one) === why(part))
    const text = before ? `${pointsOf(part)}\n\nFor the same reason: see *${plain(before.title)}*.` : partFeedback(part)
    return `## ${part.verdict === 'pass' ? '✓' : '✗'} ${part.title}\n\n${text}`
  })
  const head = [`# ${title}`, `**${sum(seen, 'points')} of ${sum(seen, 'outOf')} points**`]
  return [...head, ...(remark === null ? [] : [plain(remark)]), ...sections, ''].join('\n\n')
}

/** What one part came to, and if it is not all that it could be, why. */
export function partFeedback(part: PartResult): string {
  const { verdict, reasons, differs, picture, section, said } = part
  const head = pointsOf(part)
  if (verdict === 'pass') return head
  const doubt =
    verdict === 'undecided' ? ['It was not seen well enough to decide. Ask your teacher to look at it.'] : []
  return [
    head,
    ...doubt,
    reasons.map(reason => `- ${plain(reason)}`).join('\n'),
    ...(differs
      ? [
          `The first row that differs is ${differs.row}.`,
          fenced(`expected  ${differs.expected}\nobserved  ${orNothing(differs.observed)}`),
        ]
      : []),
    ...(picture.length > 0
      ? [
          'What was asked for, row by row, and what was seen of it:',
          fenced(picture.map(({ text }) => text.trimEnd()).join('\n')),
        ]
      : []),
    ...(section === null ? [] : [`Read: ${section}.`]),
    ...(said === '' ? [] : ['The last that the program said:', fenced(said)]),
  ].join('\n\n')
}

function pointsOf({ points, outOf }: PartResult): string {
  return `${points} of ${outOf} points.`
}

/** Equal for parts of which the same is to be told: of a program that could not be built, and the like. */
function why({ verdict, reasons, picture, said }: PartResult): string {
  return JSON.stringify([verdict, reasons, picture, said])
}

export function sum(parts: readonly PartResult[], what: 'points' | 'outOf'): number {
  // Shares of points are told in hundredths.
  return Math.round(parts.reduce((total, part) => total + part[what], 0) * 100) / 100
}

/** However many backticks there are in it: what a program prints is no Markdown. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, printable(text), fence].join('\n')
}

/** What stands in a line of its own. A sentence may quote what a student named or printed. */
export function plain(text: string): string {
  return printable(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/[\\`*_[\]<>#|]/g, '\\$&')
}

/** Terminals and parsers obey control characters; halves of letters and what is no letter no XML may hold. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, '�')
}
