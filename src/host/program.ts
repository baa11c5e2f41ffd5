import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { HandwaveError } from '../errors.ts'
import { ContainedProgram } from './contained.ts'
import { ownerName } from './owner.ts'
import { signalGroup, stopped } from './process-group.ts'
import { type Confined, type Limit, type Sandbox, SandboxedProgram } from './sandbox.ts'
import { RUNNER } from './stragglers.ts'

export interface ProgramOptions {
  /** The program, found by PATH, and its arguments. `node` is the Node that runs handwave there. */
  readonly command: readonly string[]
  /** All that it has for an environment, besides PATH. */
  readonly environment: Readonly<Record<string, string>>
  /** Where it is run. */
  readonly folder: string
  /** For a stranger's program. The folder is then one inside. */
  readonly sandbox?: Sandbox
}

export type ProgramSignal = 'STOP' | 'CONT' | 'TERM' | 'KILL' | 'INT'

/** What a program of this host did, told as it happens. */
export type ProgramEvent =
  | { kind: 'program-said'; program: number; stream: 'stdout' | 'stderr'; text: string }
  /** It has said too much: the rest is not kept. */
  | { kind: 'program-muted'; program: number; keptBytes: number }
  | { kind: 'program-ended'; program: number; status: number | null; signal: string | null; limits: readonly Limit[] }

/** A program as a process group of its own: a signal is for all of it, and it ends when its first process does. */
export class Program {
  readonly group: number
  /** The first process has ended, and the group with it. */
  readonly ended: Promise<void>
  readonly #id: number
  readonly #child: ChildProcessWithoutNullStreams
  readonly #tell: (event: ProgramEvent) => void
  #hasEnded = false
  #keptBytes = 0
  #isMuted = false
  readonly #sandbox: Confined | null

  /** Starts it in the namespace that this thread is in. */
  static spawn(id: number, options: ProgramOptions, tell: (event: ProgramEvent) => void): Promise<Program> {
    const sandbox = options.sandbox ? confine(options.sandbox) : null
    const child = spawnChild(options, sandbox)
    // Whether exec(3) has succeeded is known by now; Node tells it a tick later.
    return new Promise((resolve, reject) => {
      child.once('spawn', () => resolve(new Program(id, child, sandbox, tell)))
      child.once('error', cause => reject(notStarted(options, cause)))
    })
  }

  private constructor(
    id: number,
    child: ChildProcessWithoutNullStreams,
    sandbox: Confined | null,
    tell: (event: ProgramEvent) => void,
  ) {
    this.#id = id
    this.#child = child
    this.#sandbox = sandbox
    this.#tell = tell
    this.group = child.pid ?? Number.NaN
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8')
      child[stream].on('data', text => this.#hear(stream, String(text)))
    }
    // It need not read what it is told.
    child.stdin.on('error', () => {})
    this.ended = new Promise(resolve => {
      child.once('exit', () => {
        this.#end()
        resolve()
      })
    })
    child.once('close', (status, signal) =>
      tell({ kind: 'program-ended', program: id, ...this.#howItEnded(status, signal) }),
    )
  }

  /** Has taken effect when this returns, if it is one to stop. */
  async signal(signal: ProgramSignal): Promise<void> {
    if (this.#hasEnded) throw new HandwaveError('PROGRAM_ENDED', `Program ${this.#id} has ended already.`)
    signalGroup(this.group, `SIG${signal}`)
    if (signal === 'STOP') await stopped(this.group)
  }

  /** Through its standard input, which then ends or not. */
  feed(text: string, isLast: boolean): void {
    if (text !== '') this.#child.stdin.write(text)
    if (isLast) this.#child.stdin.end()
  }

  kill(): void {
    if (!this.#hasEnded) signalGroup(this.group, 'SIGKILL')
  }

  #howItEnded(status: number | null, signal: string | null) {
    const output: Limit[] = this.#isMuted ? ['output'] : []
    if (!this.#sandbox) return { status, signal, limits: output }
    using sandbox = this.#sandbox
    const limits = [...sandbox.limits(), ...output]
    if (!sandbox.isUp && status !== null)
      throw new HandwaveError('SANDBOX', `A sandbox could not be put up (status ${status ?? signal}).`)
    // A shell tells a signal by its number.
    const name = Object.entries(constants.signals).find(([, number]) => number + 128 === status)?.[0]
    return name === undefined ? { status, signal, limits } : { status: null, signal: name, limits }
  }

  #end(): void {
    this.#hasEnded = true
    this.#sandbox?.kill()
    // Its children go with it. Until they are gone the group's number is nobody else's.
    signalGroup(this.group, 'SIGKILL')
    const { stdout, stderr } = this.#child
    // A process that has left the group may hold them open for ever.
    const giveUp = setTimeout(() => {
      stdout.destroy()
      stderr.destroy()
    }, LAST_WORDS_MS)
    this.#child.once('close', () => clearTimeout(giveUp))
  }

  #hear(stream: 'stdout' | 'stderr', text: string): void {
    if (this.#isMuted) return
    const bytes = Buffer.from(text)
    const kept = bytes.subarray(0, MOST_BYTES - this.#keptBytes)
    this.#keptBytes += kept.length
    if (kept.length > 0) this.#tell({ kind: 'program-said', program: this.#id, stream, text: kept.toString() })
    if (kept.length === bytes.length) return
    this.#isMuted = true
    this.#tell({ kind: 'program-muted', program: this.#id, keptBytes: this.#keptBytes })
    // A stranger might go on for hours.
    if (this.#sandbox) this.kill()
  }
}

function confine(sandbox: Sandbox): Confined {
  return sandbox.within === 'kernel' ? new SandboxedProgram(sandbox) : new ContainedProgram(sandbox)
}

/** What is kept of a program's words, on both streams together. */
const MOST_BYTES = 1024 * 1024
const LAST_WORDS_MS = 100

const PATH = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)

function spawnChild(options: ProgramOptions, sandbox: Confined | null): ChildProcessWithoutNullStreams {
  const { environment, folder } = options
  const [program = '', ...args] = sandbox ? sandbox.command(options.command, folder) : options.command
  try {
    return spawn(program, args, {
      cwd: sandbox ? '/' : folder,
      env: sandbox ? environment : { PATH, ...environment, [RUNNER]: ownerName() },
      // A session and a process group of its own.
      detached: true,
      stdio: 'pipe',
    })
  } catch (cause) {
    throw notStarted(options, cause)
  }
}

function notStarted({ command, folder }: ProgramOptions, cause: unknown): HandwaveError {
  const { code, message } = cause as NodeJS.ErrnoException
  // Node says ENOENT, and names the program, where it is the folder that is missing.
  const reason = existsSync(folder) ? (REASONS[code ?? ''] ?? message) : `there is no folder ${folder}`
  return new HandwaveError('PROGRAM_START', `${command[0] ?? 'A program'} cannot be started: ${reason}.`, { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program, or its first line (#!) names one that is not there',
  EACCES: 'it is not executable',
  ENOEXEC: 'it is no program for this machine',
}
