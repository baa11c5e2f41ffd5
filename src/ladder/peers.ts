import { LadderError } from '../errors.ts'
import { quote } from './scan.ts'

export interface Peers {
  readonly names: readonly [string, string]
  /** Where the names begin, from 1: what stands nearer to a name belongs to that peer. */
  readonly columns: readonly [number, number]
}

/** The first line: two names, of one word or more, with two spaces or more between them. */
export function parsePeers(text: string, line: number): Peers {
  const expected = 'where the first line names the two peers, with two spaces or more between them'
  const first = text.search(/\S/) + 1
  if (/^\s*\d+\./.test(text)) throw new LadderError(line, first, `Found row ${quote(text)}, ${expected}.`, EXAMPLE)
  const names = [...text.matchAll(/\S+(?: \S+)*/g)]
  const [left, right, third] = names
  if (!left || !right) throw new LadderError(line, first, `Found only '${text.trim()}', ${expected}.`, EXAMPLE)
  if (third) throw new LadderError(line, third.index + 1, `Found a third name '${third[0]}', ${expected}.`, EXAMPLE)
  if (left[0] === right[0]) {
    throw new LadderError(line, right.index + 1, `Found '${right[0]}' twice, where two different names are expected.`)
  }
  return { names: [left[0], right[0]], columns: [left.index + 1, right.index + 1] }
}

export function sideAt(column: number, { columns: [left, right] }: Peers): 'left' | 'right' {
  return Math.abs(column - left) <= Math.abs(column - right) ? 'left' : 'right'
}

const EXAMPLE = 'For example:  client                    server'
