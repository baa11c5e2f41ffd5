import type { Marks } from '../marks.ts'
import { sum } from './feedback.ts'

/** The class: a line for each submission, a column for each part (RFC 4180). */
export function toCsv(graded: readonly Marks[]): string {
  const [first] = graded
  if (!first) return ''
  const header = ['submission', ...first.parts.map(({ part, outOf }) => `${part} (${outOf})`), 'points', 'remark']
  const rows = graded.map(({ name, remark, parts }) => {
    const undecided = parts.filter(({ verdict }) => verdict === 'undecided').map(({ part }) => part)
    const remarks = [
      ...(remark === null ? [] : [remark]),
      ...(undecided.length > 0 ? [`undecided: ${undecided.join(', ')}`] : []),
    ]
    return [name, ...parts.map(({ points }) => `${points}`), `${sum(parts, 'points')}`, remarks.join(' ')]
  })
  return [header, ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('')
}

function field(value: string): string {
  // A table's program would take what begins so for a formula.
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
