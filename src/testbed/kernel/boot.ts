import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HandwaveError, MissingError } from '../../errors.ts'

export interface BootOptions {
  /** The kernel's executable. */
  readonly kernel: string
  /** What runs inside, as its first and only program. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** The one folder of this machine that the kernel may write to. */
  readonly writable: string
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}

/** How a lab kernel came to its end. */
export interface KernelEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What the kernel itself said, last: it speaks only when something is wrong. */
  readonly said: readonly string[]
}

/**
 * A Linux kernel as a child process, in virtual time: its clock stands still while anything computes, and jumps when all
 * sleep. Its root is this machine's own, read-only; what it writes vanishes with it.
 */
export class RunningKernel implements AsyncDisposable {
  readonly ended: Promise<KernelEnd>
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #said: string[] = []

  static async boot(options: BootOptions): Promise<RunningKernel> {
    options.signal.throwIfAborted()
    const folder = await mkdtemp(join(tmpdir(), 'handwave-'))
    try {
      await writeFile(join(folder, 'mounts'), `${mountsOf(options).join('\n')}\n`)
      await writeFile(join(folder, 'init'), initScript(folder, options))
      return new RunningKernel(folder, options)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(folder: string, { kernel, onLine, signal, writable }: BootOptions) {
    this.#folder = folder
    const [program, ...args] = [...parentDies, ...oneProcessor(), kernel, ...bootArguments(join(folder, 'init'))]
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that ending it ends the processes by which it runs its programs.
      detached: true,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: memoryFolder(folder, writable) },
    })
    const hear = (line: string) => {
      if (line.startsWith(SPOKEN_TO_US)) onLine(line.slice(SPOKEN_TO_US.length))
      else if (line.trim() !== '') this.#said.push(line.trimEnd())
    }
    const { stdout, stderr } = this.#child
    if (stdout) createInterface({ input: stdout }).on('line', hear)
    if (stderr) createInterface({ input: stderr }).on('line', hear)
    const stop = () => this.#kill()
    signal.addEventListener('abort', stop, { once: true })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', cause =>
        reject(new HandwaveError('BOOT', `The lab kernel could not be started: ${cause.message}.`, { cause })),
      )
      this.#child.once('close', (code, endedBy) => {
        signal.removeEventListener('abort', stop)
        resolve({ code, signal: endedBy, said: this.#said })
      })
    })
    this.ended.catch(() => {})
  }

  /** Ends the kernel, if it still runs, and leaves nothing of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill()
    await this.ended.catch(() => {})
    await rm(this.#folder, { recursive: true, force: true })
  }

  #kill(): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function mountsOf({ writable }: BootOptions): string[] {
  const place = fstabText(writable)
  // Written through at once: nobody waits for this kernel to write anything back at its end.
  return [...MOUNTS, `none ${place} hostfs sync,${place} 0 0`]
}

/** Begins the lines on the console that are meant for the process outside. Programs inside print there as well. */
export const SPOKEN_TO_US = 'handwave-relay:'

const MOUNTS = [
  'proc /proc proc defaults 0 0',
  'sysfs /sys sysfs defaults 0 0',
  'debugfs /sys/kernel/debug debugfs defaults 0 0',
  'tracefs /sys/kernel/tracing tracefs defaults 0 0',
  'devtmpfs /dev devtmpfs defaults 0 0',
  'tmpfs /run tmpfs defaults 0 0',
]

/** Should this process be killed, so is the kernel (prctl(2), PR_SET_PDEATHSIG). */
const parentDies = ['setpriv', '--pdeathsig', 'KILL'] as const

/** Its processes wake each other all the time: on one processor that takes half as long. */
function oneProcessor(): string[] {
  const [, allowed = '0'] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  const last = allowed.split(/[,-]/).at(-1) ?? '0'
  return ['taskset', '--cpu-list', last]
}

function bootArguments(init: string): string[] {
  return [
    'mem=512M',
    'root=/dev/root',
    'rootfstype=hostfs',
    'rootflags=/',
    'ro',
    // Not the script itself: it may lie where no program may be run.
    'init=/bin/sh',
    'con=null',
    'con0=null,fd:1',
    'con1=null',
    'ssl=null',
    'quiet',
    'ipv6.disable=1',
    'time-travel=inf-cpu',
    // Reading the clock takes no time, so that equal instants have equal stamps; whoever reads it ten thousand times
    // without ever sleeping is waiting for it to move, and is helped on.
    'tt-read-cost=0',
    'tt-spin-after=10000',
    'tt-spin-cost=100000',
    'um-prefault=31',
    '--',
    init,
  ]
}

/**
 * The first process. It stays to say how the runner ended: with nobody left as number one the kernel would panic before
 * a word of it got out.
 */
function initScript(folder: string, { command, environment }: BootOptions): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`)
  return [
    '#!/bin/sh',
    `mount -a -T ${quote(join(folder, 'mounts'))}`,
    // A megabyte of a program's file at a time instead of 64 kB: a page fault costs more here than the pages do.
    'echo 1048576 > /sys/kernel/debug/fault_around_bytes',
    // Sleepers wake when they asked to, not up to 50 microseconds later. Inherited by all.
    'echo 1 > /proc/self/timerslack_ns',
    ...exports,
    `${command.map(quote).join(' ')} </dev/null`,
    `echo "${SPOKEN_TO_US}{\\"relay\\":\\"end\\",\\"status\\":$?}"`,
    // Off, in the kernel's own way; the sleep is only there so that number one does not end before it is.
    'echo o > /proc/sysrq-trigger',
    'sleep 60',
    '',
  ].join('\n')
}

/** The guest's memory is a file that it maps for execution: on a tmpfs if that may be done there. */
function memoryFolder(...otherwise: readonly string[]): string {
  const mounts = readFileSync('/proc/mounts', 'latin1')
    .split('\n')
    .map(line => line.split(' '))
  const mountOf = (folder: string) =>
    mounts
      .filter(([, place = '-']) => `${folder}/`.startsWith(place === '/' ? '/' : `${place}/`))
      // Of two in one place the later one counts; of two on the way the deeper.
      .reduce((best, mount) => ((mount[1]?.length ?? 0) >= (best[1]?.length ?? 0) ? mount : best), [])
  const allowsExecution = (folder: string) => !(mountOf(folder)[3] ?? '').split(',').includes('noexec')
  if (mountOf(SHARED_MEMORY)[2] === 'tmpfs' && allowsExecution(SHARED_MEMORY)) return SHARED_MEMORY
  const folder = otherwise.find(allowsExecution)
  if (folder !== undefined) return folder
  throw new MissingError('NOEXEC', `Programs may be run from none of ${[SHARED_MEMORY, ...otherwise].join(', ')}.`, {
    hint: 'Let HANDWAVE_CACHE name a folder on a file system that is not mounted noexec.',
  })
}

const SHARED_MEMORY = '/dev/shm'

/** fstab(5) separates by spaces, and writes one within a name as its octal code. */
function fstabText(path: string): string {
  return path.replaceAll(/[\s\\]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
