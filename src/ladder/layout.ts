import type { Row } from './ladder.ts'
import { fieldsText, marksOf, sideText, sideTextsAbove } from './notation.ts'

/** One line of a picture, still in its columns. */
export interface PictureRow {
  readonly number: string
  readonly left: string
  readonly right: string
  readonly segment: { readonly left: string; readonly fields: string; readonly right: string } | null
}

/** Columns as wide as what stands in them: the first of the lines names the peers. */
export function layOut(peers: readonly [string, string], rows: readonly PictureRow[]): string[] {
  const numberWidth = Math.max(3, ...rows.map(({ number }) => number.length))
  const leftWidth = Math.max(peers[0].length, ...rows.map(({ left }) => left.length))
  const fieldsWidth = Math.max(16, ...rows.map(({ segment }) => segment?.fields.length ?? 0))
  const line = (number: string, left: string, middle: string, right: string) =>
    `${number.padStart(numberWidth)} ${left.padEnd(leftWidth)} ${middle.padEnd(fieldsWidth + 8)} ${right}`.trimEnd()
  return [
    line('', peers[0], '', peers[1]),
    ...rows.map(({ number, left, right, segment }) => {
      const middle = segment ? `${segment.left} ${segment.fields.padEnd(fieldsWidth)} ${segment.right}` : ''
      return line(number, left, middle, right)
    }),
  ]
}

/** The lines of a row: calls, and remarks that have a state under them, come first. */
export function toLines(row: Row, index: number, rows: readonly Row[]): PictureRow[] {
  const above = { left: sideTextsAbove(row.left), right: sideTextsAbove(row.right) }
  const height = Math.max(above.left.length, above.right.length)
  const lines: PictureRow[] = Array.from({ length: height }, (_, at) => ({
    number: '',
    // The lowest words stand right above the state.
    left: above.left[at - height + above.left.length] ?? '',
    right: above.right[at - height + above.right.length] ?? '',
    segment: null,
  }))
  const marks = row.segment && marksOf(row.segment)
  const main: PictureRow = {
    number: '',
    left: sideText(row.left),
    right: sideText(row.right),
    segment: row.segment && marks ? { ...marks, fields: fieldsText(row.segment) } : null,
  }
  if (main.segment || main.left || main.right) lines.push(main)
  const isFirstOfNumber = rows[index - 1]?.n !== row.n
  return lines.map((line, at) => (at === 0 && isFirstOfNumber ? { ...line, number: `${row.n}.` } : line))
}
