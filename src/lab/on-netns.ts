import { parentDies } from '../testbed/parent-dies.ts'
import { RunningProcess } from '../testbed/process.ts'
import { type InsideRequest, insideCommand } from './inside-request.ts'
import { type LabsRun, type OutsideOptions, runOutside } from './outside.ts'

export interface NetnsRunOptions extends Omit<OutsideOptions, 'runner'> {
  readonly request: InsideRequest
}

/**
 * The names of the runner's network namespaces are in a mount namespace of its own, so that they go with it, whatever ends
 * it; to see one from outside: nsenter --net=/proc/<pid>/root/run/netns/<name>.
 */
const OWN_MOUNTS = [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-ec',
  'mount -t tmpfs tmpfs /run; exec "$@"',
  'sh',
] as const

const GRACE_MS = 3000

/** A process of ours with hosts of its own, which go with it. */
export function startOnNetns(
  command: readonly string[],
  told: { onLine: (line: string) => void; signal: AbortSignal },
): RunningProcess {
  const environment = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, NO_COLOR: '1' }
  return new RunningProcess({
    command: [...OWN_MOUNTS, ...parentDies(), ...command],
    environment,
    graceMs: GRACE_MS,
    ...told,
  })
}

/** Runs the labs on this machine's own kernel, in real time. */
export async function runOnNetns(options: NetnsRunOptions): Promise<LabsRun> {
  return await runOutside({ ...options, runner: 'the runner' }, async told =>
    startOnNetns(insideCommand(options.request), told),
  )
}
