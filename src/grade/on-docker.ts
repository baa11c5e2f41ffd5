import { parentDies } from '../testbed/parent-dies.ts'
import { RunningProcess } from '../testbed/process.ts'
import { LAUNCHER } from '../lab/inside-request.ts'
import { type BrokenOff, type GradeSome, Hearing } from './boot.ts'

export interface DockerGradeOptions extends GradeSome {
  readonly image: string
  readonly signal: AbortSignal
}

/** An engine takes a second to take a container away, and on a busy machine several. */
const GRACE_MS = 20_000
/** Real time takes its time: a minute of TIME-WAIT, or of waiting for an answer that does not come. */
const MOST_WALL_MS = 900_000

/** Grades between containers, in a process of its own: whatever ends it ends them. */
export async function gradeOnDocker({
  image,
  request,
  signal,
  ...some
}: DockerGradeOptions): Promise<BrokenOff | null> {
  const asked = { ...request, docker: { image } }
  using hearing = new Hearing({ ...some, request: asked }, MOST_WALL_MS)
  const before = process.platform === 'linux' ? parentDies() : []
  await using runner = new RunningProcess({
    command: [...before, process.execPath, LAUNCHER, 'grade-inside', JSON.stringify(asked)],
    environment: { NO_COLOR: '1' },
    graceMs: GRACE_MS,
    onLine: line => hearing.hear(line),
    signal: AbortSignal.any([signal, hearing.over]),
  })
  // What a program computes its container's limits count.
  hearing.watch(() => 0)
  const { code, signal: endedBy, said } = await runner.ended
  signal.throwIfAborted()
  return hearing.brokenOff(said, endedBy ?? `status ${code}`)
}
