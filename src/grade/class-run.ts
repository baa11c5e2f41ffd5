import { HandwaveError } from '../errors.ts'
import type { AssignmentSpec } from './assignment.ts'
import type { BrokenOff, GradeSome } from './boot.ts'
import { chooseProgram } from './choose-program.ts'
import type { Marks } from './marks.ts'
import type { PartResult } from './part-result.ts'
import { lost } from './run-part.ts'
import type { Submission } from './submission.ts'

export interface ClassRunOptions {
  readonly file: string
  readonly assignment: AssignmentSpec
  readonly jobs: number
  /** Marks some of them, wherever that is. */
  readonly gradeSome: (some: GradeSome) => Promise<BrokenOff | null>
  /** Told as soon as it has all its marks. */
  readonly onGraded: (marks: Marks) => void
}

/**
 * So many in one boot at most: the first costs as much as two more, and what each leaves behind in the kernel's memory,
 * 5 MB, is gone with the next boot. No more than 256 parts have addresses in one.
 */
const PER_BOOT = 30
const PARTS_PER_BOOT = 200

/** Marks all of them, on so many kernels at once. */
export async function gradeClass(submissions: readonly Submission[], options: ClassRunOptions): Promise<void> {
  const { assignment, jobs } = options
  const names = Object.keys(assignment.parts)
  const perBoot = shareOf(submissions.length, jobs, names.length)
  const chosen = submissions.map(submission => chooseProgram(submission, assignment))
  const marks = new Map<number, Map<string, PartResult>>()
  let toldOf = 0
  const mark = (index: number, result: PartResult) => {
    const own = marks.get(index) ?? new Map<string, PartResult>()
    marks.set(index, own.set(result.part, result))
    const submission = submissions[index]
    if (!submission || own.size < names.length) return
    const { name, fingerprint, refused } = submission
    const remark = refused ?? chosen[index]?.remark ?? null
    options.onGraded({ name, fingerprint, remark, parts: names.flatMap(part => own.get(part) ?? []) })
    marks.delete(index)
    toldOf++
  }
  const left: number[] = []
  for (const [index, { reason }] of chosen.entries()) {
    if (reason === undefined) left.push(index)
    else for (const [name, spec] of Object.entries(assignment.parts)) mark(index, lost(name, spec, reason))
  }
  const work = async (processor: number) => {
    while (left.length > 0) {
      let mine = left.splice(0, perBoot)
      while (mine.length > 0) {
        const request = {
          assignment: options.file,
          work: mine.map(index => {
            const { folder = '' } = submissions[index] ?? {}
            const parts = names.filter(name => !marks.get(index)?.has(name))
            return { submission: index, folder, how: chosen[index]?.how ?? null, parts }
          }),
        }
        const broken = await options.gradeSome({ processor, request, onPart: mark })
        if (!broken) break
        const spec = assignment.parts[broken.part]
        if (spec) mark(broken.submission, { ...lost(broken.part, spec, broken.reason), verdict: broken.verdict })
        // What came before has its marks; this one may have parts left.
        mine = mine
          .slice(mine.indexOf(broken.submission))
          .filter(index => index !== broken.submission || marks.has(index))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, left.length) }, (_, processor) => work(processor)))
  if (toldOf === submissions.length) return
  throw new HandwaveError('GRADER', `Of ${submissions.length} submissions only ${toldOf} were marked.`)
}

/** Equal shares, so that no kernel is done long before the others. */
function shareOf(submissions: number, jobs: number, parts: number): number {
  const most = Math.max(1, Math.min(PER_BOOT, Math.floor(PARTS_PER_BOOT / parts)))
  const rounds = Math.ceil(submissions / (jobs * most))
  return Math.ceil(submissions / (jobs * rounds))
}
