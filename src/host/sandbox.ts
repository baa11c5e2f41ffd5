import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mountOnce } from './mount-once.ts'
import { bind, PASSWD, PROGRAMS, sandboxTree, writeMounts } from './sandbox-tree.ts'

/** What a stranger's program may see and use. Whatever is not named here it has not got. */
export interface Sandbox {
  /** Whose it is, by the user's number: to a kernel programs of one user belong together, as they do at home (SO_REUSEPORT). */
  readonly user: number
  /** Folders that it sees, read-only: at the first path what is at the second. */
  readonly sees: Readonly<Record<string, string>>
  /** The one folder outside its own that it may write to, likewise: for a compiler's output. */
  readonly writes?: Readonly<Record<string, string>>
  /** By the names that capabilities(7) has for them, without the cap_: `['net_raw']`. */
  readonly capabilities: readonly string[]
  /** What it shares with others, and so has to be kept from: a kernel, or with nobody but its agent a container. */
  readonly within: 'kernel' | 'container'
}

/** What is put up around a stranger's program, and taken down with it. */
export interface Confined extends Disposable {
  /** A command that puts all this up, and then runs the program. */
  command(program: readonly string[], folder: string): string[]
  /** Whether it got as far as to run the program. */
  readonly isUp: boolean
  /** What it was denied. */
  limits(): Limit[]
  /** All that there still is of it. */
  kill(): void
}

/** Which of a sandbox's limits a program ran into. */
export type Limit = 'memory' | 'processes' | 'output'

const MEMORY_MEGABYTES = 192
const PROCESSES = 32
const FILE_MEGABYTES = 16
const OPEN_FILES = 256

const CGROUPS = '/run/handwave/cgroups'
const SANDBOXES = '/run/handwave/sandboxes'

let started = 0

/**
 * Where one stranger's program runs, in a lab kernel: as a user that owns nothing, in a read-only tree of its own, with
 * process numbers, mounts, messages and a name of its own in its host's network. What it leaves goes with it, for it is
 * all in one process namespace and one control group.
 */
export class SandboxedProgram implements Confined {
  readonly #number = started++
  readonly #sandbox: Sandbox
  readonly #group: string
  /** A tree of its own, once the mounts are. */
  readonly #tree: string

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
    const { user } = sandbox
    mountOnce('cgroup2', CGROUPS)
    // In one of its own a program would be root.
    writeFileSync('/proc/sys/user/max_user_namespaces', '0')
    writeFileSync(join(CGROUPS, 'cgroup.subtree_control'), '+memory +pids')
    this.#group = join(CGROUPS, `program-${this.#number}`)
    mkdirSync(this.#group)
    mkdirSync(SANDBOXES, { recursive: true })
    this.#tree = sandboxTree(SANDBOXES, Object.keys({ ...sandbox.sees, ...sandbox.writes }))
    this.#limit('memory.max', `${MEMORY_MEGABYTES}M`)
    this.#limit('memory.oom.group', '1')
    this.#limit('pids.max', `${PROCESSES}`)
    writeFileSync(this.#passwd, `student:x:${user}:${user}::/tmp:/bin/sh\n`)
    writeMounts(this.#mounts, this.#fstab())
  }

  command(program: readonly string[], folder: string): string[] {
    return [
      'unshare',
      ...['--mount', '--propagation', 'private', '--pid', '--ipc', '--uts', '--fork', '--kill-child=SIGKILL'],
      ...['sh', '-c', this.#script(), 'sh', folder, ...program],
    ]
  }

  get isUp(): boolean {
    return existsSync(this.#mark)
  }

  limits(): Limit[] {
    const hit = (file: string, event: string) =>
      new RegExp(`^${event} [1-9]`, 'm').test(readFileSync(join(this.#group, file), 'latin1'))
    return [
      ...(hit('memory.events', 'oom_kill') ? ['memory' as const] : []),
      ...(hit('pids.events', 'max') ? ['processes' as const] : []),
    ]
  }

  kill(): void {
    if (existsSync(this.#group)) this.#limit('cgroup.kill', '1')
  }

  [Symbol.dispose](): void {
    this.kill()
    rmSync(this.#mounts)
    rmSync(this.#passwd)
    rmSync(this.#mark, { force: true })
    try {
      rmdirSync(this.#group)
    } catch {
      // Its last process is still on its way out; an empty group costs nothing.
    }
  }

  get #mounts(): string {
    return join(SANDBOXES, `${this.#number}.mounts`)
  }

  get #passwd(): string {
    return join(SANDBOXES, `${this.#number}.passwd`)
  }

  get #mark(): string {
    return join(SANDBOXES, `${this.#number}.up`)
  }

  #limit(file: string, value: string): void {
    writeFileSync(join(this.#group, file), value)
  }

  #fstab(): string[] {
    const { sees, writes = {} } = this.#sandbox
    const inTree = (path: string) => join(this.#tree, path)
    return [
      ...Object.entries(sees).map(([at, from]) => bind(from, inTree(at), 'bind,ro,nosuid,nodev')),
      ...Object.entries(writes).map(([at, from]) => bind(from, inTree(at), 'bind,nosuid,nodev')),
      bind(this.#passwd, inTree(PASSWD), 'bind,ro'),
      `proc ${inTree('/proc')} proc nosuid,nodev,noexec,hidepid=invisible 0 0`,
      `tmpfs ${inTree('/tmp')} tmpfs nosuid,nodev,mode=1777,size=${FILE_MEGABYTES}m,nr_inodes=1024 0 0`,
    ]
  }

  #script(): string {
    const { user, capabilities } = this.#sandbox
    const kept = ['-all', ...capabilities.map(name => `+${name}`)].join(',')
    return [
      'set -e',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      `echo 0 > ${join(this.#group, 'cgroup.procs')}`,
      `mount -a -T ${this.#mounts}`,
      `: > ${this.#mark}`,
      `cd ${this.#tree}`,
      // pivot_root(2): "new_root and put_old may be the same"
      'pivot_root . .',
      'umount -l .',
      'cd "$1"',
      'shift',
      // In blocks of 512 bytes (dash(1)).
      `ulimit -c 0; ulimit -f ${FILE_MEGABYTES * 2048}; ulimit -n ${OPEN_FILES}`,
      'set +e',
      `export PATH=${PROGRAMS}`,
      // The shell stays, and is number one: a number one of its own would be deaf to most signals (pid_namespaces(7)).
      `setpriv --reuid=${user} --regid=${user} --clear-groups --inh-caps=${kept} --ambient-caps=${kept} ` +
        `--bounding-set=${kept} --no-new-privs -- "$@"`,
      'exit $?',
    ].join('\n')
  }
}
