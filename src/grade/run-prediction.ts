import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { LadderError, UsageError } from '../errors.ts'
import { drawMatchLines } from '../ladder/draw.ts'
import { matchLadder } from '../ladder/match.ts'
import type { Hosts } from '../ladder/moments.ts'
import type { RowMatch } from '../ladder/verdict.ts'
import { CaseRun } from '../lab/case-run.ts'
import { hostNames, peersOf } from '../lab/hosts.ts'
import type { LabSpec } from '../lab/lab.ts'
import { type OpenTestbed, requestOf } from '../lab/run-case.ts'
import type { PartSpec } from './assignment.ts'
import { type Drawing, isStruck, readDrawing, withStandIns } from './drawing.ts'
import { mirrored, rowsDrawn } from './likeness.ts'
import type { PartResult } from './part-result.ts'
import { headOf, lost, NO_CHANGES, PATIENCE } from './run-part.ts'
import { toStudents } from './words.ts'

const LONGEST_BYTES = 16_384
const MOST_NAMES = 8

export interface PredictionRun {
  readonly name: string
  readonly spec: PartSpec
  /** The student's drawing. */
  readonly file: string
  readonly signal: AbortSignal
}

/** What a student has drawn, held row by row against what a kernel does. */
export async function runPrediction(
  { name, spec, file, signal }: PredictionRun,
  openTestbed: OpenTestbed,
): Promise<PartResult> {
  const found = readFile(file, spec)
  if (typeof found === 'string') return lost(name, spec, found)
  const { drawing, peers } = found
  const { ladder = '', within = PATIENCE } = spec
  const play: LabSpec['play'] = stage => spec.play({ ...stage, start: nothingToStart })
  const lab: LabSpec = { ...spec, lesson: '', ladder, within, play }
  const run = new CaseRun(lab, {
    signal,
    changes: NO_CHANGES,
    packets: false,
    onProgress: null,
    onWait: () => {},
    onPlan: () => {},
  })
  await using testbed = await openTestbed(requestOf(lab, NO_CHANGES), run.onEvent)
  const { match: truth, evidence, mishaps } = await run.play(testbed)
  const isMirrored = peers.left !== peersOf(truth.ladder, hostNames(spec)).left
  const own = truth.rows.map(({ row }) => (isMirrored ? mirrored(row) : row))
  const match = matchLadder(withStandIns(drawing, own), evidence, { peers, repeats: spec.repeats ?? 'forbidden' })
  const doubts = [
    ...evidence.gaps,
    ...mishaps.map(({ sentence }) => toStudents(sentence)),
    ...(truth.isOver ? [] : ["The assignment's own picture did not come true."]),
  ]
  const { names } = drawing
  const right = rowsDrawn(truth.rows, own, { rows: match.rows, isStruck: row => isStruck(row, drawing), names })
  const wrong = truth.rows.filter(row => !right.includes(row)).map(({ n }) => n)
  const share = right.length / Math.max(truth.rows.length, match.rows.length)
  const isWhole = share === 1
  const { firstFailure: differs } = match
  return {
    ...headOf(name, spec),
    points: doubts.length > 0 ? 0 : Math.round(spec.points * share * 100) / 100,
    verdict: doubts.length > 0 ? 'undecided' : isWhole ? 'pass' : 'fail',
    reasons: [
      ...doubts,
      ...(isWhole
        ? []
        : [
            `Of the ${truth.rows.length} rows that there should be ${right.length} are there, and are as the kernels have them.`,
            wrong.length > 0
              ? `Not so: ${wrong.length === 1 ? 'row' : 'rows'} ${wrong.join(', ')}, where all of them are counted from 1 on.`
              : 'There are others besides.',
          ]),
      ...drawing.struck.map(error => sentenceOf(error, spec)),
      ...(differs
        ? [`Your row ${differs.row}: ${differs.reason} (Expected is what you drew, observed what they did.)`]
        : []),
    ],
    checks: [],
    differs: differs && { row: differs.row, expected: differs.expected, observed: differs.observed },
    picture: drawMatchLines({ ...match, rows: match.rows.map(row => marked(row, drawing)) }),
    said: '',
  }
}

/** That the kernels did as the rest of it says does not make it right. */
function marked(match: RowMatch, drawing: Drawing): RowMatch {
  return isStruck(match.row, drawing) ? { ...match, verdict: 'failed' } : match
}

/** The drawing, or a sentence that says why there is none. */
function readFile(file: string, spec: PartSpec): { drawing: Drawing; peers: Hosts } | string {
  const { predict } = spec
  const kind = statSync(file, { throwIfNoEntry: false })
  if (!kind?.isFile()) return `There is no file ${predict} in it. It holds ${namesIn(dirname(file))}.`
  if (kind.size > LONGEST_BYTES) return `${predict} is longer than any picture.`
  try {
    const drawing = readDrawing(textOf(readFileSync(file)))
    return { drawing, peers: peersOf(drawing.drawn, hostNames(spec)) }
  } catch (error) {
    if (!(error instanceof LadderError)) throw error
    return sentenceOf(error, spec)
  }
}

function namesIn(folder: string): string {
  const names = readdirSync(folder).map(name => JSON.stringify(name))
  return names.length === 0 ? 'nothing' : names.slice(0, MOST_NAMES).join(', ')
}

/** As editors write it: UTF-8, or UTF-16 where its first bytes say so. */
function textOf(bytes: Buffer): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

function sentenceOf({ line, column, message, hint }: LadderError, { predict }: PartSpec): string {
  return [`${predict}:${line}:${column}: ${message}`, ...(hint === undefined ? [] : [hint])].join(' ')
}

function nothingToStart(): Promise<never> {
  throw new UsageError('NO_PROGRAM', 'There is no program in a prediction.')
}
