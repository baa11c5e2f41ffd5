import { setTimeout as sleep } from 'node:timers/promises'
import { UnmetError } from '../errors.ts'
import type { Sandbox } from '../host/sandbox.ts'
import { drawMatchLines } from '../ladder/draw.ts'
import { CaseRun } from '../lab/case-run.ts'
import type { LabSpec } from '../lab/lab.ts'
import { type OpenTestbed, requestOf } from '../lab/run-case.ts'
import { NotSeen } from '../lab/seen-moment.ts'
import { Seen } from '../lab/seen.ts'
import type { Stage } from '../lab/stage.ts'
import type { ProgramStory } from '../lab/stage-program.ts'
import type { PartSpec, PartStage, ProgramSpec } from './assignment.ts'
import { type HowToRun, OWN_FOLDER } from './languages.ts'
import type { CheckResult, PartResult } from './part-result.ts'
import { StudentProgram } from './student-program.ts'
import { howItEnded, lastWords, toStudents } from './words.ts'

export const NO_CHANGES = { link: {}, loss: null }
/** How long, on the lab's clock, nothing may happen; and how long all of it may take. */
export const PATIENCE = '60s'
const LONGEST_MS = 3_600_000

export interface PartRun {
  readonly name: string
  readonly spec: PartSpec
  readonly program: ProgramSpec
  readonly how: HowToRun
  readonly sandbox: Sandbox
  readonly signal: AbortSignal
}

/** One part: a lab of its own, on hosts of its own, with the student's program started afresh. */
export async function runPart(part: PartRun, openTestbed: OpenTestbed): Promise<PartResult> {
  const { spec, signal } = part
  const started: StudentProgram[] = []
  const lab = labOf(part, started)
  const run = new CaseRun(lab, {
    signal,
    changes: NO_CHANGES,
    packets: false,
    onProgress: null,
    onWait: () => {},
    onPlan: () => {},
  })
  await using testbed = await openTestbed(requestOf(lab, NO_CHANGES), run.onEvent)
  const { match, evidence, mishaps } = await run.play(testbed)
  const story = storyOf(started)
  const seen = new Seen(evidence, match)
  const checks = Object.entries(spec.checks ?? {}).map(([sentence, check]) => judge(sentence, () => check(seen, story)))
  // Where nobody has called there is nothing to compare.
  const differs = match.connection === null ? null : match.firstFailure
  const reasons = [
    ...mishaps.map(({ sentence }) => toStudents(sentence)),
    ...(differs ? [`Row ${differs.row}: ${differs.reason}`] : []),
    ...(mishaps.length === 0 && !differs && !match.isOver ? ['The picture did not come true to its end.'] : []),
    ...checks.filter(({ ok }) => !ok).map(({ sentence, why }) => `Not so: ${sentence}${why === null ? '' : ` ${why}`}`),
  ]
  const how = story.end && howItEnded(story.end)
  const fate =
    how === null || reasons.length === 0 || reasons.some(reason => reason.includes(how)) ? [] : [`The program ${how}.`]
  const isDecided = evidence.gaps.length === 0
  const isPass = isDecided && reasons.length === 0
  return {
    ...headOf(part.name, spec),
    points: isPass ? spec.points : 0,
    verdict: isPass ? 'pass' : isDecided ? 'fail' : 'undecided',
    reasons: [...(isDecided ? [] : evidence.gaps), ...reasons, ...fate],
    checks,
    differs: differs && { row: differs.row, expected: differs.expected, observed: differs.observed },
    picture: match.rows.length > 0 && match.connection !== null ? drawMatchLines(match) : [],
    said: lastWords(story.said),
  }
}

/** A part of which nothing is left but the reason. */
export function lost(name: string, spec: PartSpec, reason: string, said = ''): PartResult {
  const nothing = { points: 0, checks: [], differs: null, picture: [] }
  return { ...headOf(name, spec), ...nothing, verdict: 'fail', reasons: [reason], said: lastWords(said) }
}

export function headOf(part: string, { title, points, visibility = 'visible', section }: PartSpec) {
  return { part, title, outOf: points, visibility, section: section ?? null }
}

function labOf({ spec, program, how, sandbox }: PartRun, started: StudentProgram[]): LabSpec {
  const { title, ladder = '', within = PATIENCE } = spec
  return {
    ...spec,
    title,
    lesson: '',
    ladder,
    within,
    play: async stage => {
      using limit = timeLimit()
      await Promise.race([spec.play(partStage(stage)), limit.reached])
    },
  }

  function partStage(stage: Stage): PartStage {
    const [host, peer] =
      program.runsAt === 'server' ? [stage.server, stage.client] : ([stage.client, stage.server] as const)
    return {
      ...stage,
      async start(environment = {}) {
        const given = { PEER: peer.address, HOME: '/tmp', ...environment }
        const one = await host.start(how.start, given, { folder: OWN_FOLDER, sandbox })
        const student = new StudentProgram(one, host)
        started.push(student)
        return student
      },
    }
  }
}

/** A program may always have one thing more to do. */
function timeLimit(): Disposable & { reached: Promise<never> } {
  const over = new AbortController()
  const reached = sleep(LONGEST_MS, undefined, { signal: over.signal }).then(() => {
    throw new UnmetError('TOO_LONG', `It was not done after ${LONGEST_MS / 60_000} minutes of the lab's time.`)
  })
  reached.catch(() => {})
  return { reached, [Symbol.dispose]: () => over.abort() }
}

/** Of several starts, all that was said, and the last one's end. */
function storyOf(started: readonly StudentProgram[]): ProgramStory {
  const stories = started.map(({ story }) => story)
  return {
    said: stories.map(({ said }) => said).join(''),
    printed: stories.map(({ printed }) => printed).join(''),
    end: stories.at(-1)?.end ?? null,
  }
}

function judge(sentence: string, check: () => boolean): CheckResult {
  try {
    return { sentence, ok: check(), why: null }
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    return { sentence, ok: false, why: error.message }
  }
}
