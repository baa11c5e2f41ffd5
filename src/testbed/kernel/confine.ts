import { spawnSync } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Whoever is root inside the lab kernel is outside whoever started it: one that runs strangers' programs is started by a
 * user that owns nothing, in a tree that holds only what it has to read, with no network and no processes but its own.
 */
export interface Confinement {
  /** Files and folders that are seen in there, at their own places and read-only. */
  readonly readable: readonly string[]
}

/** Owns nothing (Debian's nobody): numbers that no one has may not be mapped where this machine is a container. */
export const NOBODY = 65534

/** What every program needs. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc']
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom']

/** Where the kernel may write: its memory lies there, and vanishes with it. From inside, its own /run is over it. */
export const CONFINED_HOME = '/run/handwave'

const NAMESPACES = ['--mount', '--propagation', 'private', '--net', '--ipc', '--uts', '--pid', '--fork']
/** Owns nothing, may nothing, and never will. */
const AS_NOBODY: readonly [string, ...string[]] = [
  'setpriv',
  ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
  ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'],
]

/** Begins the command line of a program that is to be confined, in a tree that is put together at an empty folder. */
export function confined(tree: string, { readable }: Confinement): [string, ...string[]] {
  return ['unshare', ...NAMESPACES, '--kill-child=SIGKILL', 'sh', '-ec', script(tree, readable), 'sh']
}

/**
 * The same where root is a container's and may make no namespaces: there is no tree then, and what anybody can read there
 * can be read. Such a container holds little else, and goes with the program.
 */
export function nobodys(): [string, ...string[]] {
  return [...AS_NOBODY, '--pdeathsig=KILL', '--']
}

let isApart: boolean | undefined

/** Whether this process may make what a confined program has of its own. */
export function canSetApart(): boolean {
  isApart ??= spawnSync('unshare', [...NAMESPACES, 'true'], { stdio: 'ignore' }).status === 0
  return isApart
}

/**
 * The shell stays, as the first process of its own: what it starts changes its user, and would lose the parent-death signal
 * that is this one's (prctl(2), PR_SET_PDEATHSIG).
 */
function script(tree: string, readable: readonly string[]): string {
  const seen = [...SYSTEM, ...DEVICES, ...readable].flatMap(path => {
    const kind = kindOf(path)
    return kind === null ? [] : [{ path, kind }]
  })
  const inTree = (path: string) => quote(join(tree, path))
  const folders = seen.filter(({ kind }) => kind === 'folder').map(({ path }) => path)
  const files = seen.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  return [
    `mount -t tmpfs -o mode=755,nosuid,nodev tmpfs ${quote(tree)}`,
    // Where the guest mounts its own.
    `mkdir -p ${['/proc', '/sys', '/dev', '/run', CONFINED_HOME, ...folders].map(inTree).join(' ')}`,
    ...files.map(path => `mkdir -p ${inTree(join(path, '..'))}; touch ${inTree(path)}`),
    ...seen.map(({ path }) => `mount -o bind,ro ${quote(path)} ${inTree(path)}`),
    `mount -t proc proc ${inTree('/proc')}`,
    `mount -t tmpfs -o mode=700,uid=${NOBODY},gid=${NOBODY},nosuid,nodev tmpfs ${inTree(CONFINED_HOME)}`,
    `mount -o remount,ro,nosuid,nodev ${quote(tree)}`,
    `cd ${quote(tree)}`,
    // pivot_root(2): "new_root and put_old may be the same"
    'pivot_root . .',
    'umount -l .',
    `${AS_NOBODY.join(' ')} -- "$@"`,
  ].join('\n')
}

/** Links have their place in the tree by what they lead to: the folder above them, or a tree of their own. */
function kindOf(path: string): 'folder' | 'file' | null {
  try {
    return statSync(realpathSync(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    // Not every machine has all of them.
    return null
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
