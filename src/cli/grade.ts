import { createHash } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { filesBehind } from '../grade/autograder/assignment-files.ts'
import { gradeInBoot } from '../grade/boot.ts'
import { type ClassRunOptions, gradeClass } from '../grade/class-run.ts'
import { printable, sum } from '../grade/formats/feedback.ts'
import { assignmentNames, findAssignment, loadAssignment } from '../grade/load.ts'
import type { Marks } from '../grade/marks.ts'
import { MarksFolder } from '../grade/shelf.ts'
import { gradeOnDocker } from '../grade/on-docker.ts'
import { takeInAll } from '../grade/submission.ts'
import { resolveOwnName } from '../lab/load.ts'
import { describeGraded, describeClass } from '../grade/formats/terminal.ts'
import { compileCacheFolder } from '../testbed/kernel/cache.ts'
import { canSetApart } from '../testbed/kernel/confine.ts'
import { makeTemporaryFolder } from '../testbed/temporary.ts'
import { init } from './grade-init.ts'
import { interruptSignal } from './interrupt.ts'
import { ensureKernelShown } from './kernel-progress.ts'
import { ProgressBar } from './progress-bar.ts'
import { readCount } from './run-arguments.ts'
import { prepareThisMachine } from './testbeds.ts'

const NOT_APART = `Root may make no namespaces here: this machine is a container. What strangers wrote is run all the same in a
kernel that is nobody's, but if it got out of that it could read whatever anybody can in this container.
`

const OUTDATED = 'Marked by another version of the assignment or of the kernel, and not in class.csv until marked again'

export const usage = `handwave grade <assignment> <submission>… [--out dir] [--jobs n] [--on kernel|docker]

Marks programs by what the kernel saw of them. An assignment is a name, or a file
(./my-assignment.ts); a submission is a folder, a zip, or one file that is all of it. What
strangers wrote is run in the lab kernel, as a user that owns nothing, with nothing to see but
itself, and no way out.

  --out dir     where marks are left (grades): for each submission results.json (Gradescope's),
                feedback.md and junit.xml; class.csv for all that have marks there. What is
                there already of the very same submissions is not marked again
  --jobs n      so many kernels at once (1)
  --on docker   between containers, in real time, and on their engine's kernel; else it is
                the lab kernel (--on kernel)

handwave grade init <assignment> [--out dir]

Makes what others' services need to mark by it: gradescope.zip, an autograder for Gradescope, and
classroom/, a workflow for GitHub to put into the repository that students start from. Both bring
this handwave and the assignment, and are left in dir (autograder), over nothing that is there.

Exit status: 0 all have all points, 1 one has not, 2 bad usage or a bad file, 3 the machine
lacks something, 4 handwave itself broke, 130 interrupted.
`

export async function run(args: readonly string[]): Promise<number> {
  if (args[0] === 'init') return await init(args.slice(1))
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'grades' },
      jobs: { type: 'string', default: '1' },
      on: { type: 'string', default: 'kernel' },
    },
  })
  const jobs = readCount('jobs', values.jobs)
  const prepare = PLACES[values.on]
  if (!prepare) {
    throw new UsageError('GRADE_ON', `Nothing is marked on '${values.on}'.`, {
      hint: `It is ${Object.keys(PLACES).join(' or ')}: strangers' programs do not run on this machine's own kernel.`,
    })
  }
  if (values.on === 'docker' && jobs > 1) {
    throw new UsageError('JOBS', 'Between containers one is marked after the other.', {
      hint: "An engine has one network with the labs' addresses. More at once: --on kernel.",
    })
  }
  const [asked, ...paths] = positionals
  if (asked === undefined || paths.length === 0 || paths.includes('')) {
    throw new UsageError('GRADE', 'It takes an assignment and the submissions to be marked.', {
      hint: `handwave grade echo-server submissions/*\nThere are ${assignmentNames().join(', ')}.`,
    })
  }
  resolveOwnName()
  const signal = interruptSignal()
  const file = findAssignment(asked)
  const { assignment } = await loadAssignment(file)
  await using folder = await temporary()
  const { version: place, gradeSome } = await prepare(folder.path, signal)
  const submissions = takeInAll(paths, folder.path)
  const version = versionOf(filesBehind(file), place)
  const marks = new MarksFolder(values.out, assignment.title, version)
  const graded = new Map<string, Marks>(
    submissions.flatMap(one => {
      const found = marks.find(one)
      return found ? [[one.name, found]] : []
    }),
  )
  using bar = new ProgressBar('Grading')
  await gradeClass(
    submissions.filter(({ name }) => !graded.has(name)),
    {
      file,
      assignment,
      jobs,
      gradeSome,
      onGraded(one) {
        graded.set(one.name, one)
        marks.leave(one)
        bar.update(describeGraded(one), graded.size / submissions.length)
      },
    },
  )
  const inOrder = submissions.flatMap(({ name }) => graded.get(name) ?? [])
  const outdated = marks.leaveTable(inOrder)
  bar[Symbol.dispose]()
  process.stdout.write(describeClass(inOrder, values.out))
  if (outdated.length > 0) process.stderr.write(`${OUTDATED}: ${outdated.map(printable).join(', ')}\n`)
  return inOrder.every(({ parts }) => sum(parts, 'points') === sum(parts, 'outOf')) ? 0 : 1
}

/** Of all that marks depend on besides the submission. */
function versionOf(files: ReadonlyMap<string, Buffer>, place: string): string {
  const hash = createHash('sha256').update(place)
  for (const bytes of files.values()) hash.update(`${bytes.length}\n`).update(bytes)
  return hash.digest('hex')
}

interface Place {
  /** What marks depend on there. */
  readonly version: string
  readonly gradeSome: ClassRunOptions['gradeSome']
}

const PLACES: Readonly<Record<string, (submissions: string, signal: AbortSignal) => Promise<Place>>> = {
  async kernel(submissions, signal) {
    await prepareThisMachine(signal, 'Grading')
    const { path: kernel, hash } = await ensureKernelShown(signal)
    const compileCache = compileCacheFolder()
    await mkdir(compileCache, { recursive: true })
    if (process.getuid?.() === 0 && !canSetApart()) process.stderr.write(NOT_APART)
    const common = { kernel, compileCache, submissions, signal }
    return { version: hash, gradeSome: some => gradeInBoot({ ...some, ...common }) }
  },

  async docker(_, signal) {
    const { ensureImageShown } = await import('./image-progress.ts')
    const image = await ensureImageShown(signal, 'grading')
    return { version: image, gradeSome: some => gradeOnDocker({ ...some, image, signal }) }
  },
}

/** Read from inside by somebody who is not its owner. */
async function temporary(): Promise<AsyncDisposable & { path: string }> {
  const path = await makeTemporaryFolder()
  await chmod(path, 0o755)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
