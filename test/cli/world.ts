import { mkdtempSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { LAUNCHER } from '../handwave.ts'
import { childrenOf, listWorld, NAMELESS } from './world-list.ts'

/** A handwave at work in a world. */
export interface Run {
  /** As the machine counts processes, not as the world does. */
  readonly pid: number
  readonly ended: Promise<Ended>
  readonly stdout: NodeJS.ReadableStream & { destroy(): void }
}

export interface Ended {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
}

interface Exceptions {
  readonly besides?: readonly Run[]
  readonly mayStay?: readonly RegExp[]
}

/** What a run does it does at once; the kernel takes namespaces apart when it has time, and not ours alone. */
const PATIENCE_MS = { runs: 2000, kernel: 10_000 } as const
const SET_UP = [
  // What is mounted in here and not kept to oneself is to be seen, as it would be on most machines.
  'mount --make-rshared /',
  'mount -t proc proc /proc',
  'mount -t tmpfs tmpfs /dev/shm',
  'mount -t tracefs tracefs "$1"',
  'echo ready',
  // Until whoever has made it is no more.
  'read -r nothing',
].join('\n')
const OF_ITS_OWN = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=SIGKILL']

/**
 * A part of this machine in which nothing is at work but what a test starts there. Its processes, mounts, /dev/shm and
 * folder for temporary files are its own; network and tracer are the machine's. What is in it once a run has ended was
 * left by that run, and can be told from what others do on the machine.
 */
export class World implements AsyncDisposable {
  /** For temporary files. */
  readonly temporary: string
  readonly #folder: string
  readonly #init: number
  readonly #end: () => Promise<unknown>
  #before: readonly string[] = []

  static async open(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
    await Promise.all([mkdir(join(folder, 't')), mkdir(join(folder, 'tracing'))])
    const holder = execa('unshare', [...OF_ITS_OWN, 'sh', '-ec', SET_UP, 'sh', join(folder, 'tracing')], {
      buffer: false,
      reject: false,
    })
    const isReady = await Promise.race([
      new Promise<boolean>(resolve => holder.stdout.once('data', () => resolve(true))),
      holder.then(() => false),
    ])
    if (!isReady || holder.pid === undefined) throw new Error('No world could be set up.')
    const [init = 0] = childrenOf(holder.pid)
    const end = async () => {
      holder.kill('SIGKILL')
      await holder
    }
    const world = new World(folder, init, end)
    world.#before = await world.#list([])
    return world
  }

  private constructor(folder: string, init: number, end: () => Promise<unknown>) {
    this.#folder = folder
    this.temporary = join(folder, 't')
    this.#init = init
    this.#end = end
  }

  async handwave(...args: readonly string[]): Promise<Run> {
    const entered = execa(
      'nsenter',
      [`--target=${this.#init}`, '--mount', '--pid', process.execPath, LAUNCHER, ...args],
      { env: { TMPDIR: this.temporary }, reject: false, stdin: 'ignore' },
    )
    const ended = entered.then(({ exitCode, signal, stdout, stderr }) => ({ exitCode, signal, stdout, stderr }))
    const isOver = ended.then(() => true)
    // nsenter stays outside, waits, and ends as its child does.
    do {
      const [pid] = childrenOf(entered.pid ?? 0)
      if (pid !== undefined) return { pid, ended, stdout: entered.stdout }
    } while (!(await Promise.race([sleep(1, false), isOver])))
    throw new Error(`handwave could not be started: ${(await ended).stderr}`)
  }

  /**
   * What is there that was not at the beginning, but for what belongs to runs that go on and what may stay. All else is
   * given a moment to go.
   */
  async left({ besides = [], mayStay = [] }: Exceptions = {}): Promise<string[]> {
    const began = performance.now()
    const isExpected = (line: string) => this.#before.includes(line) || mayStay.some(kind => kind.test(line))
    for (;;) {
      const left = (await this.#list(besides)).filter(line => !isExpected(line))
      const patienceMs = left.every(line => line.startsWith(NAMELESS)) ? PATIENCE_MS.kernel : PATIENCE_MS.runs
      if (left.length === 0 || performance.now() - began > patienceMs) return left
      await sleep(50)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #list(besides: readonly Run[]): Promise<string[]> {
    const { temporary } = this
    const tracing = join(this.#folder, 'tracing')
    return await listWorld({ init: this.#init, temporary, tracing, besides: besides.map(({ pid }) => pid) })
  }
}
