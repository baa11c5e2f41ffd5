import type { Marks } from '../marks.ts'
import { printable, sum } from './feedback.ts'

const WIDEST_NAME = 32

/** One submission in a line. */
export function describeGraded({ name, parts }: Marks): string {
  return `${nameOf(name)}  ${sum(parts, 'points')}/${sum(parts, 'outOf')}`
}

/** The class as a table, and where more is to be read. */
export function describeClass(graded: readonly Marks[], folder: string): string {
  const [first] = graded
  if (!first) return ''
  const width = Math.max('submission'.length, ...graded.map(({ name }) => nameOf(name).length))
  const columns = [...first.parts.map(({ part }) => part), 'points']
  const row = (name: string, cells: readonly string[]) =>
    [name.padEnd(width), ...cells.map((cell, index) => cell.padStart(columns[index]?.length ?? 0))].join('  ')
  const lines = graded.map(({ name, parts }) =>
    row(nameOf(name), [
      ...parts.map(({ points, outOf, verdict }) => `${points}/${outOf}${verdict === 'undecided' ? '?' : ''}`),
      `${sum(parts, 'points')}/${sum(parts, 'outOf')}`,
    ]),
  )
  const doubts = graded.some(({ parts }) => parts.some(({ verdict }) => verdict === 'undecided'))
  return [
    row('submission', columns),
    ...lines,
    '',
    ...(doubts ? ['? was not seen well enough to decide: look at it.'] : []),
    `What was seen of each: ${folder}`,
    '',
  ].join('\n')
}

function nameOf(name: string): string {
  const shown = printable(name.replaceAll('\n', '�'))
  return shown.length > WIDEST_NAME ? `${shown.slice(0, WIDEST_NAME - 1)}…` : shown
}
