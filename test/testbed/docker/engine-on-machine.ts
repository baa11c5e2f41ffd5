import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parentDies } from '../../../src/testbed/parent-dies.ts'
import { engineAnswers } from './engine-answers.ts'

/**
 * Docker's daemon on this machine's own kernel, in namespaces of its own: its bridges, rules and mounts are nowhere else, and
 * whatever ends it ends all that it has started. For root only.
 */
export class EngineOnMachine implements AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly address: string
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #said = ''

  static async start(): Promise<EngineOnMachine> {
    const engine = new EngineOnMachine(await mkdtemp(join(tmpdir(), 'handwave-test-engine-')))
    try {
      await engineAnswers(engine.#socket, engine.#ended)
      return engine
    } catch (cause) {
      await engine[Symbol.asyncDispose]()
      throw new Error(`dockerd does not answer. It said:\n${engine.#said}`, { cause })
    }
  }

  private constructor(folder: string) {
    this.#folder = folder
    this.address = `unix://${this.#socket}`
    const daemon = [
      'dockerd',
      `--host=${this.address}`,
      `--data-root=${join(folder, 'data')}`,
      `--cgroup-parent=/${this.#group}`,
      '--log-level=error',
    ]
    const [program, ...args] = [...parentDies(), ...NAMESPACES, 'sh', '-ec', PREPARE, ...daemon]
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, TMPDIR: folder },
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    this.#ended = new Promise(resolve => this.#child.once('close', () => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The daemon is the first of its process namespace: the kernel ends it only when all others there have ended.
    for (const pid of childrenOf(this.#child.pid)) process.kill(pid, 'SIGKILL')
    await this.#ended
    for (const folder of groupFolders(this.#group)) removeGroups(folder)
    await rm(this.#folder, { recursive: true })
  }

  get #socket(): string {
    return join(this.#folder, 'socket')
  }

  /** The control group of all its containers. */
  get #group(): string {
    return basename(this.#folder)
  }
}

const NAMESPACES = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']

/** What it writes besides goes with its mounts: a key, a folder for plugins, state. Nor does it read what others have set. */
const PREPARE = `
for folder in /etc/docker /opt /run; do mount -t tmpfs tmpfs $folder; done
ip link set lo up
exec "$0" "$@"
`

function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** One with control groups of version 2; one for each controller with version 1. */
function groupFolders(name: string): string[] {
  const root = '/sys/fs/cgroup'
  const roots = [root, ...readdirSync(root).map(controller => join(root, controller))]
  return roots.map(folder => join(folder, name))
}

function removeGroups(folder: string): void {
  let children: string[]
  try {
    children = readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
  } catch {
    return
  }
  for (const child of children) removeGroups(join(folder, child))
  rmdirSync(folder)
}
