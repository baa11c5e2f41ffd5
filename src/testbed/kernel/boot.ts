import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HandwaveError, MissingError } from '../../errors.ts'
import { cpuTimeMs } from '../cpu-time.ts'
import { type Runner, type RunnerEnd, type RunnerRequest, SPOKEN_TO_US } from '../runner.ts'
import { parentDies } from '../parent-dies.ts'
import { makeTemporaryFolder } from '../temporary.ts'
import { canSetApart, CONFINED_HOME, type Confinement, confined, NOBODY, nobodys } from './confine.ts'

/** The command is the first and only program inside. */
export interface BootOptions extends RunnerRequest {
  /** The kernel's executable. */
  readonly kernel: string
  /** Which of this machine's processors it has to itself, counted round and round. */
  readonly processor: number
  /** The one folder of this machine that the kernel may write to; null for none. */
  readonly writable: string | null
  /** For a kernel that runs strangers' programs, where this process is root's. */
  readonly confinement?: Confinement | null
  /** Virtual if nothing is said: its clock stands still while anything computes, and jumps when all sleep. */
  readonly time?: 'virtual' | 'real'
  readonly memoryMegabytes?: number
}

/**
 * A Linux kernel as a child process. Its root is this machine's own, read-only; what it writes vanishes with it.
 */
export class RunningKernel implements Runner {
  readonly ended: Promise<RunnerEnd>
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #said: string[] = []

  static async boot(options: BootOptions): Promise<RunningKernel> {
    options.signal.throwIfAborted()
    const folder = await makeTemporaryFolder()
    try {
      if (options.confinement) await makeRoom(folder)
      await writeFile(join(folder, 'mounts'), `${mountsOf(options).join('\n')}\n`)
      await writeFile(join(folder, 'init'), initScript(folder, options))
      return new RunningKernel(folder, options)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(folder: string, options: BootOptions) {
    const { kernel, onLine, processor, signal } = options
    this.#folder = folder
    const [program, ...args] = [
      ...parentDies(),
      ...oneProcessor(processor),
      ...(options.confinement ? confinedTo(folder, options.confinement, kernel) : []),
      kernel,
      ...bootArguments(join(folder, 'init'), options),
    ]
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that ending it ends the processes by which it runs its programs.
      detached: true,
      env: { PATH: process.env['PATH'] ?? '', ...placesOf(folder, options) },
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
    // Making its folder took a moment.
    if (signal.aborted) stop()
  }

  /** How long it has computed by now, its programs with it. */
  cpuMs(): number {
    return cpuTimeMs(this.#child.pid ?? Number.NaN)
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

/** In the kernel's folder: where a confined one has its root. */
const TREE = 'tree'

/** Where nobody has a place of its own, it is in here. */
async function makeRoom(folder: string): Promise<void> {
  await mkdir(join(folder, TREE))
  if (canSetApart()) return
  await chmod(folder, 0o711)
  await chown(join(folder, TREE), NOBODY, NOBODY)
}

function confinedTo(folder: string, { readable }: Confinement, kernel: string): string[] {
  if (!canSetApart()) return nobodys()
  const own = [join(folder, 'mounts'), join(folder, 'init'), kernel]
  return confined(join(folder, TREE), { readable: [...readable, ...own] })
}

function placesOf(folder: string, { confinement, writable }: BootOptions): { HOME: string; TMPDIR: string } {
  if (confinement && canSetApart()) return { HOME: CONFINED_HOME, TMPDIR: CONFINED_HOME }
  if (confinement) return { HOME: join(folder, TREE), TMPDIR: memoryFolder(join(folder, TREE)) }
  return { HOME: folder, TMPDIR: memoryFolder(folder, ...(writable === null ? [] : [writable])) }
}

function mountsOf({ writable }: BootOptions): string[] {
  if (writable === null) return MOUNTS
  const place = fstabText(writable)
  // Written through at once: nobody waits for this kernel to write anything back at its end.
  return [...MOUNTS, `none ${place} hostfs sync,${place} 0 0`]
}

const MOUNTS = [
  'proc /proc proc defaults 0 0',
  'sysfs /sys sysfs defaults 0 0',
  'debugfs /sys/kernel/debug debugfs defaults 0 0',
  'tracefs /sys/kernel/tracing tracefs defaults 0 0',
  'devtmpfs /dev devtmpfs defaults 0 0',
  'tmpfs /run tmpfs defaults 0 0',
]

/** Its processes wake each other all the time: on one processor that takes half as long. */
function oneProcessor(index: number): string[] {
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  const allowed = list.split(',').flatMap(range => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })
  // From the last one down: the first is where machines do their housekeeping.
  return ['taskset', '--cpu-list', String(allowed.at(-1 - (index % allowed.length)))]
}

function bootArguments(init: string, { time = 'virtual', memoryMegabytes = 512 }: BootOptions): string[] {
  return [
    `mem=${memoryMegabytes}M`,
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
    'um-prefault=31',
    ...(time === 'virtual' ? VIRTUAL_TIME : []),
    '--',
    init,
  ]
}

const VIRTUAL_TIME = [
  'time-travel=inf-cpu',
  // Reading the clock takes no time, so that equal instants have equal stamps; whoever reads it ten thousand times
  // without ever sleeping is waiting for it to move, and is helped on.
  'tt-read-cost=0',
  'tt-spin-after=10000',
  'tt-spin-cost=100000',
]

/**
 * The first process. It stays to say how the runner ended: with nobody left as number one the kernel would panic before
 * a word of it got out.
 */
function initScript(folder: string, { command, environment }: BootOptions): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`)
  return [
    '#!/bin/sh',
    // From 2.39 on mount(8) would hand hostfs's place over as an option of that name (fsconfig(2)), which is none of hostfs's.
    `LIBMOUNT_FORCE_MOUNT2=always mount -a -T ${quote(join(folder, 'mounts'))}`,
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
