import { mkdir } from 'node:fs/promises'
import { UsageError } from '../errors.ts'
import { RunningKernel } from '../testbed/kernel/boot.ts'
import { type InsideRequest, insideCommand } from './inside-request.ts'
import { type LabsRun, type OutsideOptions, runOutside } from './outside.ts'

export interface KernelRunOptions extends Omit<OutsideOptions, 'runner'> {
  /** The lab kernel's executable. */
  readonly kernel: string
  readonly processor: number
  readonly request: InsideRequest
  /** Where Node keeps what it has compiled, so that no guest compiles it again. */
  readonly compileCache: string
}

/** Boots a lab kernel and runs the labs in it. */
export async function runOnKernel(options: KernelRunOptions): Promise<LabsRun> {
  const { kernel, processor, request, compileCache } = options
  for (const { file } of request.wanted) requireVisible(file)
  await mkdir(compileCache, { recursive: true })
  return await runOutside({ ...options, runner: 'the lab kernel' }, told =>
    RunningKernel.boot({
      kernel,
      processor,
      // One processor, and threads that would only wait for each other.
      command: insideCommand(request, ['--v8-pool-size=0']),
      environment: {
        // Debian keeps ip, nft and their like where a user's own path does not lead.
        PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
        NODE_COMPILE_CACHE: compileCache,
        NO_COLOR: '1',
        TMPDIR: '/run',
      },
      writable: compileCache,
      ...told,
    }),
  )
}

/** The lab kernel mounts its own over these: what this machine has there cannot be seen from inside. */
const HIDDEN_FOLDERS = ['/run/', '/proc/', '/sys/', '/dev/']

function requireVisible(file: string): void {
  const hidden = HIDDEN_FOLDERS.find(folder => file.startsWith(folder))
  if (hidden === undefined) return
  throw new UsageError(
    'HIDDEN_FILE',
    `${file} cannot be seen from inside the lab kernel, which has a ${hidden} of its own.`,
    {
      hint: 'Put the lab file somewhere else.',
    },
  )
}
