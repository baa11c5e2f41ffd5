import { parentDies } from '../testbed/parent-dies.ts'
import { RunningProcess } from '../testbed/process.ts'
import { type InsideRequest, insideCommand } from './inside-request.ts'
import { type LabsRun, type OutsideOptions, runOutside } from './outside.ts'

export interface DockerRunOptions extends Omit<OutsideOptions, 'runner'> {
  readonly request: InsideRequest
}

/** An engine takes a second to take a container away, and on a busy machine several. */
const GRACE_MS = 20_000

/** Runs the labs between containers, wherever their engine is. */
export async function runOnDocker(options: DockerRunOptions): Promise<LabsRun> {
  // Elsewhere than on Linux nothing sees to it; the containers end all the same once nobody speaks to them.
  const before = process.platform === 'linux' ? parentDies() : []
  const command = [...before, ...insideCommand(options.request)]
  return await runOutside(
    { ...options, runner: 'the runner' },
    async told => new RunningProcess({ command, environment: { NO_COLOR: '1' }, graceMs: GRACE_MS, ...told }),
  )
}
