import { execa } from 'execa'
import { HandwaveError } from '../../errors.ts'
import { errnoOf } from '../errno.ts'

export interface ProgramOptions {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** A descriptor that the program and its children keep open as long as any of them runs. */
  readonly descriptor: number
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
}

/** A program of the build that failed: which, and how. */
export class ProgramError extends HandwaveError {
  override readonly name = 'ProgramError'

  constructor(program: string, outcome: string) {
    super('PROGRAM', `${program} ${outcome}`)
  }
}

/** Runs a program to its end. Aborted, it ends with all that it started: it has a process group of its own. */
export async function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<void> {
  options.signal.throwIfAborted()
  const child = execa(program, args, {
    cwd: options.folder,
    env: { ...options.environment },
    extendEnv: false,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- execa passes on any descriptor; its type ends at 9
    stdio: ['ignore', 'pipe', 'pipe', options.descriptor as 3],
    all: true,
    buffer: false,
    reject: false,
    detached: true,
  })
  const stop = () => killGroup(child.pid)
  options.signal.addEventListener('abort', stop, { once: true })
  process.once('exit', stop)
  try {
    for await (const line of child.iterable({ from: 'all' })) options.onLine(line)
    const { failed, exitCode, signal, shortMessage } = await child
    options.signal.throwIfAborted()
    if (!failed) return
    if (signal) throw new ProgramError(program, `was ended by ${signal}`)
    throw new ProgramError(
      program,
      exitCode === undefined ? `did not start: ${shortMessage}` : `failed with status ${exitCode}`,
    )
  } finally {
    options.signal.removeEventListener('abort', stop)
    process.removeListener('exit', stop)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}
