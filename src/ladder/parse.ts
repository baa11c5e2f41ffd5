import { LadderError } from '../errors.ts'
import { bindingCheck } from './bound-names.ts'
import type { Ladder, Row } from './ladder.ts'
import { parsePeers, type Peers } from './peers.ts'
import { type ParsedLine, readLine } from './row-line.ts'
import { RowAssembly } from './row-assembly.ts'

/**
 * Reads a ladder in the notation of RFC 9293's figures 6 to 13. Throws LadderError, and nothing else. Names that are
 * known need no row in which they stand by themselves.
 */
export function parseLadder(text: string, known: Iterable<string> = []): Ladder {
  const lines = text.split('\n').map((line, index) => ({ text: line.replace(/\r$/, ''), line: index + 1 }))
  const [first, ...rest] = lines.filter(line => line.text.trim() !== '')
  if (!first) throw new LadderError(1, 1, 'Found an empty ladder, where a line that names two peers is expected.')
  const peers = parsePeers(first.text, first.line)
  const rows = assemble(
    rest.map(({ text, line }) => readLine(text, line, peers)),
    first.line,
  )
  const check = bindingCheck(known)
  for (const row of rows) check(row, lines[row.line - 1]?.text ?? '')
  return { peers: peers.names, rows, text }
}

/**
 * Reads one row by itself, as a lab's departures give them. Its number may be missing, and names may count from what
 * other rows bind.
 */
export function parseRow(text: string): Row {
  const numbered = /^\s*\d+\./.test(text) ? text : `1. ${text.trimStart()}`
  const lines = numbered.split('\n').filter(line => line.trim() !== '')
  // Without a first line to go by: what begins in the left third belongs to the left peer.
  const width = Math.max(...lines.map(line => line.trimEnd().length))
  const peers: Peers = { names: ['left', 'right'], columns: [1, Math.max(24, Math.round((width * 2) / 3))] }
  const rows = assemble(
    lines.map((line, index) => readLine(line, index + 1, peers)),
    1,
  )
  const [row, second] = rows
  if (row && !second) return row
  throw new LadderError(second?.line ?? 1, 1, `Found ${rows.length} rows, where one is expected.`)
}

function assemble(lines: readonly ParsedLine[], peersLine: number): Row[] {
  const assembly = new RowAssembly()
  for (const line of lines) assembly.take(line)
  const rows = assembly.finish()
  if (rows.length === 0) {
    throw new LadderError(peersLine, 1, 'Found no row after the names of the peers, where at least one is expected.')
  }
  return rows
}
