import { layOut, type PictureRow, toLines } from './layout.ts'
import type { Row } from './ladder.ts'
import type { ExtraSegment, Failure, LadderMatch, RepeatedSegment, RowMatch } from './verdict.ts'
import { timeText } from './words.ts'

/** A line, and what a report may colour it by. */
export interface MatchLine {
  readonly text: string
  readonly kind: 'ok' | 'failed' | 'extra' | 'plain'
}

/** The ladder as it was observed: with times, a tick or a cross for each row, and what differs under the first cross. */
export function drawMatch(match: LadderMatch): string {
  return drawMatchLines(match)
    .map(({ text }) => text)
    .join('\n')
}

export function drawMatchLines(match: LadderMatch): MatchLine[] {
  const entries = entriesOf(match)
  const [head = '', ...lines] = layOut(
    match.ladder.peers,
    entries.flatMap(({ rows }) => rows),
  )
  const times = entries.map(({ tMs }) => (tMs === null ? '' : timeText(tMs)))
  const timeWidth = Math.max(2, ...times.map(time => time.length))
  const drawn: MatchLine[] = [{ text: `   ${'ms'.padStart(timeWidth)} ${head}`, kind: 'plain' }]
  for (const [index, { rows, sign, kind, below }] of entries.entries()) {
    const time = times[index] ?? ''
    for (const [at, text] of lines.splice(0, rows.length).entries()) {
      // Words stand above a row: the sign goes to the first line, the time to the one that it is the time of.
      const shownTime = (at === rows.length - 1 ? time : '').padStart(timeWidth)
      drawn.push({ text: `${at === 0 ? sign : ' '}  ${shownTime} ${text}`, kind })
    }
    drawn.push(...below)
  }
  return drawn
}

interface Entry {
  readonly rows: readonly PictureRow[]
  readonly sign: string
  readonly tMs: number | null
  readonly kind: MatchLine['kind']
  readonly below: readonly MatchLine[]
}

const SIGNS = { ok: '✓', failed: '✗', waiting: '·', unseen: '?' } as const

function entriesOf(match: LadderMatch): Entry[] {
  const { rows, extras, repeats, firstFailure } = match
  const entries: Entry[] = []
  const drawnRepeats = new Set<number>()
  for (const [index, row] of rows.entries()) {
    for (const extra of extras.filter(({ before }) => before === row.label)) entries.push(extraEntry(extra))
    const isFirstFailure = firstFailure?.row === row.label
    entries.push(rowEntry(row, index, rows, isFirstFailure ? firstFailure : null))
    // A copy may come long after its row: it is drawn where it came, but never above its row.
    const next = rows.slice(index + 1).find(({ tMs }) => tMs !== null)?.tMs ?? Number.POSITIVE_INFINITY
    const labels = new Set(rows.slice(0, index + 1).map(({ label }) => label))
    for (const repeat of repeats) {
      const isHere = labels.has(repeat.row) && repeat.tMs < next && !drawnRepeats.has(repeat.segment)
      if (!isHere || row.tMs === null) continue
      drawnRepeats.add(repeat.segment)
      entries.push(repeatEntry(repeat))
    }
  }
  for (const extra of extras.filter(({ before }) => before === null)) {
    entries.push({ ...extraEntry(extra), below: firstFailure ? differenceOf(firstFailure) : [] })
  }
  return entries
}

function rowEntry(match: RowMatch, index: number, all: readonly RowMatch[], failure: Failure | null): Entry {
  const { verdict, row, seen, tMs, because, problems } = match
  const shown = all.map(other => other.row).with(index, seen ?? row)
  const lines = toLines(shown[index] ?? row, index, shown)
  const departure = because === null ? [] : note(`Linux departs from the figure here: ${because}`, 'plain')
  const doubts = verdict === 'unseen' ? problems.flatMap(problem => note(problem, 'plain')) : []
  return {
    rows: lines,
    sign: SIGNS[verdict],
    tMs,
    kind: verdict === 'ok' || verdict === 'failed' ? verdict : 'plain',
    below: [...departure, ...doubts, ...(failure ? differenceOf(failure) : [])],
  }
}

function extraEntry({ seen, tMs }: ExtraSegment): Entry {
  return { rows: [oneLine(seen, '+')], sign: '+', tMs, kind: 'extra', below: [] }
}

function repeatEntry({ seen, tMs, row }: RepeatedSegment): Entry {
  return { rows: [oneLine(seen, `${row}′`)], sign: ' ', tMs, kind: 'ok', below: [] }
}

function oneLine(row: Row, number: string): PictureRow {
  const [line] = toLines(row, 0, [row])
  return { left: '', right: '', segment: null, ...line, number }
}

/** Expected beside observed, under the row. */
function differenceOf({ expected, observed, reason }: Failure): MatchLine[] {
  return [
    ...note(`expected  ${expected}`, 'failed'),
    ...note(`observed  ${orNothing(observed)}`, 'failed'),
    ...note(reason, 'failed'),
  ]
}

const WIDTH = 100
const INDENT = '     │ '

function note(text: string, kind: MatchLine['kind']): MatchLine[] {
  const lines: string[] = []
  for (const word of text.split(/ (?=\S)/)) {
    const last = lines.at(-1)
    if (last !== undefined && INDENT.length + last.length + 1 + word.length <= WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines.map(line => ({ text: `${INDENT}${line}`, kind }))
}

/** What was observed of a row, for a sentence or a table. */
export function orNothing(observed: string): string {
  return observed === '' ? 'nothing of the kind' : observed
}
