import { LadderError } from '../errors.ts'
import type { NumberExpr, Row } from './ladder.ts'

/**
 * A name must stand by itself before others count from it: `x+1` in a first row would bind `x` to something that nobody
 * sent. Takes rows in their order, each with the line that it is on.
 */
export function bindingCheck(known: Iterable<string>): (row: Row, text: string) => void {
  const bound = new Set(known)
  return (row, text) => {
    const { seq = null, ack = null } = row.segment ?? {}
    const here = [seq, ack].filter((expr): expr is NumberExpr & { kind: 'name' } => expr?.kind === 'name')
    for (const { name, plus } of here) if (plus === 0) bound.add(name)
    for (const { name, plus } of here) {
      if (bound.has(name)) continue
      const sum = plus < 0 ? `${name}${plus}` : `${name}+${plus}`
      throw new LadderError(
        row.line,
        Math.max(1, text.search(new RegExp(`= *${name}\\b`)) + 2),
        `Found ${sum}, where ${name} has not appeared by itself in this or an earlier row.`,
        `Give ${name} a value first: <SEQ=${name}>.`,
      )
    }
  }
}
