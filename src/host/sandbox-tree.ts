import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What programs need of the machine. Links among them lead to /usr. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc/alternatives', '/etc/ld.so.cache']
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom']
/** Where a program finds this Node; its PATH leads there first. */
const OWN_NODE = '/opt/handwave/node'
export const PROGRAMS = '/opt/handwave:/usr/local/bin:/usr/bin:/bin'

/** What is mounted into each program's own copy of the tree. */
const OWN_FOLDERS = ['/proc', '/tmp']
export const PASSWD = '/etc/passwd'

const trees = new Map<string, string>()

/**
 * A read-only tree with what all programs see alike, and empty places for what each has of its own: put together once, for
 * that takes longer than most programs do. Each program gets a copy of its mounts.
 */
export function sandboxTree(folder: string, places: readonly string[]): string {
  const key = places.join('\0')
  const known = trees.get(key)
  if (known !== undefined) return known
  const tree = join(folder, `tree-${trees.size}`)
  const inTree = (path: string) => join(tree, path)
  const seen = [
    ...[...SYSTEM, ...DEVICES].filter(path => existsSync(path)).map(path => ({ at: path, from: path })),
    { at: OWN_NODE, from: process.execPath },
  ]
  const files = [...seen.map(({ at }) => at).filter(isFile), PASSWD].map(inTree)
  const folders = [...seen.map(({ at }) => at).filter(at => !isFile(at)), ...OWN_FOLDERS, ...places].map(inTree)
  mkdirSync(tree, { recursive: true })
  const mount = (...args: string[]) => execFileSync('mount', args)
  mount('-t', 'tmpfs', '-o', 'mode=755,nosuid,nodev,size=1m', 'tmpfs', tree)
  for (const path of [...folders, ...files.map(file => dirname(file))]) mkdirSync(path, { recursive: true })
  for (const file of files) writeFileSync(file, '')
  writeFileSync(inTree('/etc/hosts'), '127.0.0.1 localhost\n')
  writeMounts(
    `${tree}.mounts`,
    seen.map(({ at, from }) => bind(from, inTree(at), 'bind,ro')),
  )
  mount('--all', '--fstab', `${tree}.mounts`)
  mount('-o', 'remount,ro,nosuid,nodev', tree)
  trees.set(key, tree)
  return tree
}

/** A line of fstab(5). */
export function bind(from: string, at: string, options: string): string {
  return `${octal(from)} ${octal(at)} none ${options} 0 0`
}

export function writeMounts(file: string, lines: readonly string[]): void {
  writeFileSync(file, `${lines.join('\n')}\n`)
}

/** fstab(5) separates by spaces, and writes one within a name as its octal code. */
function octal(path: string): string {
  return path.replaceAll(/[\s\\]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function isFile(path: string): boolean {
  return DEVICES.includes(path) || path === OWN_NODE || path === '/etc/ld.so.cache'
}
