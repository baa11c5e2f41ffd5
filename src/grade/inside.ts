import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { toPlainError, UsageError } from '../errors.ts'
import type { Sandbox } from '../host/sandbox.ts'
import { openNetns } from '../testbed/netns/netns.ts'
import { SPOKEN_TO_US } from '../testbed/runner.ts'
import { resolveOwnName } from '../lab/load.ts'
import type { OpenTestbed } from '../lab/run-case.ts'
import type { AssignmentSpec } from './assignment.ts'
import { build, type Complaint } from './build.ts'
import { gradeBetweenContainers } from './in-containers.ts'
import { BUILD_FOLDER, type HowToRun, OWN_FOLDER } from './languages.ts'
import { loadAssignment } from './load.ts'
import type { PartResult } from './part-result.ts'
import { lost, runPart } from './run-part.ts'
import { runPrediction } from './run-prediction.ts'
import type { GradeLine, GradeRequest, GradeWork } from './work.ts'

/** Nobody's numbers: each submission has its own, so that nothing of one belongs to another. */
const FIRST_USER = 200_000
const BEAT_MS = 1000

/** The grader's life inside: one submission after the other, part by part, each on hosts that did not exist before. */
export async function gradeInside(request: GradeRequest, signal: AbortSignal): Promise<void> {
  const { assignment: file, work, docker } = request
  resolveOwnName()
  // Between containers time passes whatever a program does.
  const beat = docker ? undefined : setInterval(() => tell({ grade: 'beat' }), BEAT_MS)
  try {
    const { assignment } = await loadAssignment(file)
    let segment = 0
    for (const [index, one] of work.entries()) {
      const grader = new SubmissionGrader(assignment, one, FIRST_USER + index, signal)
      for (const part of one.parts) {
        tell({ grade: 'started', submission: one.submission, part })
        const result = docker
          ? await gradeBetweenContainers({ assignment, work: one, part, signal, ...docker })
          : await grader.grade(part, opening(segment++))
        tell({ grade: 'part', submission: one.submission, result })
      }
    }
    tell({ grade: 'done' })
  } catch (error) {
    tell({ grade: 'error', error: toPlainError(error) })
  } finally {
    clearInterval(beat)
  }
}

/** This kernel is ours alone, from the first segment to the last. */
function opening(number: number): OpenTestbed {
  return (request, onEvent) => openNetns(request, { kind: 'kernel', tag: `hw${number}`, number, onEvent })
}

class SubmissionGrader {
  readonly #assignment: AssignmentSpec
  readonly #work: GradeWork
  readonly #user: number
  readonly #signal: AbortSignal
  #building: Promise<Complaint | null> | undefined

  constructor(assignment: AssignmentSpec, work: GradeWork, user: number, signal: AbortSignal) {
    this.#assignment = assignment
    this.#work = work
    this.#user = user
    this.#signal = signal
  }

  async grade(name: string, openTestbed: OpenTestbed): Promise<PartResult> {
    const { folder, how } = this.#work
    const { program, parts } = this.#assignment
    const spec = parts[name]
    if (!spec) throw new UsageError('NO_SUCH_PART', `The assignment has no part '${name}'.`)
    const signal = this.#signal
    if (spec.predict !== undefined)
      return await runPrediction({ name, spec, file: join(folder, spec.predict), signal }, openTestbed)
    if (!program || !how) throw new UsageError('NO_PROGRAM', `The part '${name}' has no program to run.`)
    this.#building ??= this.#build(how)
    const complaint = await this.#building
    if (complaint) return lost(name, spec, complaint.reason, complaint.said)
    const sees = { [OWN_FOLDER]: folder, ...(how.build ? { [BUILD_FOLDER]: this.#made } : {}) }
    const sandbox: Sandbox = { user: this.#user, sees, capabilities: program.capabilities ?? [], within: 'kernel' }
    return await runPart({ name, spec, program, how, sandbox, signal }, openTestbed)
  }

  async #build({ build: command }: HowToRun): Promise<Complaint | null> {
    if (!command) return null
    mkdirSync(this.#made, { recursive: true })
    return await build(command, {
      user: this.#user,
      sees: { [OWN_FOLDER]: this.#work.folder },
      writes: { [BUILD_FOLDER]: this.#made },
    })
  }

  get #made(): string {
    return `/run/handwave/builds/${this.#work.submission}`
  }
}

function tell(line: GradeLine): void {
  process.stdout.write(`${SPOKEN_TO_US}${JSON.stringify(line)}\n`)
}
