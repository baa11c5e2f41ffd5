import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { LacksError, UsageError } from '../errors.ts'
import type { Sandbox } from '../host/sandbox.ts'
import { CLIENT, SERVER } from '../lab/hosts.ts'
import type { OpenTestbed } from '../lab/run-case.ts'
import type { AssignmentSpec } from './assignment.ts'
import type { GradeWork } from './work.ts'
import { BUILD_FOLDER, type HowToRun, OWN_FOLDER } from './languages.ts'
import type { PartResult } from './part-result.ts'
import { lost, runPart } from './run-part.ts'
import { runPrediction } from './run-prediction.ts'

/** Another one in each container, within what engines have for users: a kernel counts a user's processes, wherever they are. */
const FIRST_USER = 20_000
const USERS = 40_000

export interface ContainerPart {
  readonly assignment: AssignmentSpec
  readonly work: GradeWork
  readonly part: string
  readonly image: string
  readonly signal: AbortSignal
}

/**
 * One part between containers that did not exist before: the program's own has its folder in it, its limits, and nothing of
 * anybody else. The kernel's trace is always read, in a container apart: marks are not to depend on what a socket table
 * happened to show.
 */
export async function gradeBetweenContainers(options: ContainerPart): Promise<PartResult> {
  const { assignment, part: name, work, signal } = options
  const { program, parts } = assignment
  const spec = parts[name]
  if (!spec) throw new UsageError('NO_SUCH_PART', `The assignment has no part '${name}'.`)
  const openTestbed = opening(options)
  try {
    if (spec.predict !== undefined)
      return await runPrediction({ name, spec, file: join(work.folder, spec.predict), signal }, openTestbed)
    if (!program || !work.how) throw new UsageError('NO_PROGRAM', `The part '${name}' has no program to run.`)
    const user = FIRST_USER + randomInt(USERS)
    const sandbox: Sandbox = { user, sees: {}, capabilities: program.capabilities ?? [], within: 'container' }
    return await runPart({ name, spec, program, how: madeThere(work.how), sandbox, signal }, openTestbed)
  } catch (error) {
    // A program may be the end of its container.
    if (!(error instanceof LacksError) || error.code === 'HOST_LOST') throw error
    // Nobody's fault who has handed something in.
    const reason = [error.message, error.hint].join(' ').trim()
    return { ...lost(name, spec, reason), verdict: 'undecided' }
  }
}

function opening({ assignment: { program }, work, image }: ContainerPart): OpenTestbed {
  const folder = { folder: work.folder, at: OWN_FOLDER, writes: ['/tmp', BUILD_FOLDER] }
  const stranger = program && { host: program.runsAt === 'server' ? SERVER : CLIENT, ...folder }
  return async (request, onEvent) => {
    // What speaks to an engine is loaded only where there is one.
    const { openDocker } = await import('../testbed/docker/docker.ts')
    return await openDocker(request, { image, trace: true, onEvent, ...(stranger && { stranger }) })
  }
}

/** Each part has a container of its own: what is to be compiled is compiled there, by who runs it. */
function madeThere({ build, start }: HowToRun): HowToRun {
  if (!build) return { build, start }
  const script = `${[...build].map(quote).join(' ')} && exec ${[...start].map(quote).join(' ')}`
  return { build: null, start: ['sh', '-c', script] }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
