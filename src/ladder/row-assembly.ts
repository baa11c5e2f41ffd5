import { LadderError } from '../errors.ts'
import type { Row, Side } from './ladder.ts'
import { joinSides, NOTHING, type ParsedLine } from './row-line.ts'

/**
 * Puts lines together to rows. A line of words alone (`(Close)`, `(2 MSL)`) belongs to the next line of the same number,
 * which has the state or the segment.
 */
export class RowAssembly {
  readonly #rows: Row[] = []
  #n: number | null = null
  #linesOfNumber = 0
  #words: ParsedLine | null = null

  take(line: ParsedLine): void {
    if (line.number) this.#startNumber(line.line, line.number)
    else if (this.#n === null) {
      throw new LadderError(
        line.line,
        1,
        'Found a line before any row number, where the first row is expected.',
        '1. …',
      )
    }
    const whole = this.#words ? joinLines(this.#words, line) : line
    this.#words = null
    if (whole.segment || whole.left.state || whole.right.state) this.#push(whole)
    else this.#words = whole
  }

  finish(): Row[] {
    this.#flush()
    return this.#rows
  }

  #startNumber(line: number, { n, column }: { n: number; column: number }): void {
    this.#flush()
    if (this.#n !== null && n <= this.#n) {
      throw new LadderError(
        line,
        column,
        `Found row number ${n} after ${this.#n}, where numbers grow.`,
        'Further lines of the same row have no number.',
      )
    }
    this.#n = n
    this.#linesOfNumber = 0
  }

  #flush(): void {
    const words = this.#words
    this.#words = null
    if (!words) return
    if ([words.left, words.right].every(({ call, remark }) => call === null && remark === null)) {
      throw new LadderError(words.line, 1, `Found row ${this.#n} empty, where states or a segment are expected.`)
    }
    this.#push(words)
  }

  #push({ line, left, right, segment }: ParsedLine): void {
    const n = this.#n ?? 0
    this.#rows.push({ n, label: labelOf(n, this.#linesOfNumber), line, left, right, segment })
    this.#linesOfNumber++
  }
}

/** `2`, `2b`, `2c`. */
export function labelOf(n: number, index: number): string {
  if (index === 0) return `${n}`
  return index < 26 ? `${n}${String.fromCharCode(97 + index)}` : `${n}.${index + 1}`
}

function joinLines(above: ParsedLine, below: ParsedLine): ParsedLine {
  const join = (a: Side, b: Side) => {
    const side = joinSides(a, b)
    if (side) return side
    throw new LadderError(below.line, 1, 'Found two calls of the same peer in one row, where one is expected.')
  }
  return { ...below, left: join(above.left ?? NOTHING, below.left), right: join(above.right, below.right) }
}
