import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

interface Listed {
  /** The world's first process. */
  readonly init: number
  readonly temporary: string
  /** Where the tracer's files are. */
  readonly tracing: string
  /** Processes that may be there, with all that they have started. */
  readonly besides: readonly number[]
}

/**
 * All that a run may leave, a line each, as the machine tells it to anybody: nothing in here asks handwave, and of how
 * it goes about its work only the names of its claims are known.
 */
export async function listWorld({ init, temporary, tracing, besides }: Listed): Promise<string[]> {
  const own = processIds().filter(pid => pid !== init && linkOf(pid, 'pid') === linkOf(init, 'pid'))
  const spared = withDescendants(besides)
  const inUse = own.filter(pid => spared.has(pid)).map(commandLine)
  return [
    ...own.filter(pid => !spared.has(pid)).map(pid => `process ${pid}: ${commandLine(pid)}`),
    ...mountsOf(init).map(line => `mount ${line.split(' ').slice(3).join(' ')}`),
    ...namesIn(`/proc/${init}/root/run/netns`).map(name => `named network namespace ${name}`),
    ...(besides.length > 0 ? [] : await namelessNamespaces()),
    ...readdirSync(join(`/proc/${init}/root`, tracing, 'instances'))
      .filter(name => !isClaimed(name))
      .map(name => `tracefs instance ${name}`),
    ...(await linesOf('ip', '-oneline', 'link')).map(line => `link ${line.split(':')[1]}`),
    ...(await linesOf('nft', 'list', 'tables')).map(line => `nft ${line}`),
    ...readdirSync(temporary)
      .filter(name => !inUse.some(line => line.includes(name)))
      .map(name => `temporary ${name}`),
    ...sharedMemory(`/proc/${init}/root/dev/shm`, besides.length > 0),
  ]
}

/** Those that live: of one that is no more and that nobody has asked about there is nothing left. */
function processIds(): number[] {
  return namesIn('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => /^\d+ \(.*\) [^ZX] /s.test(read(`/proc/${pid}/stat`) ?? ''))
}

function withDescendants(pids: readonly number[]): Set<number> {
  const found = new Set<number>()
  const left = [...pids]
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    found.add(pid)
    left.push(...childrenOf(pid))
  }
  return found
}

export function childrenOf(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).flatMap(thread =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  )
}

/**
 * Network namespaces that live on though no process is in them and no mount names them, as one does whose sockets have
 * not done with each other: no list has them, but the kernel's allocator counts all that there are. It does not say whose
 * they were: nobody else's may be on their way.
 */
async function namelessNamespaces(): Promise<string[]> {
  if (!existsSync(NAMESPACE_CACHE)) return []
  // What is left of the last ones is freed when the next is taken apart (cleanup_net, net/core/net_namespace.c).
  await execa('unshare', ['--net', 'true'])
  for (;;) {
    const count = countNamespaces()
    const named = new Set(
      processIds().flatMap(pid => [linkOf(pid, 'net') ?? [], ...mountsOf(pid).map(namespaceIn)].flat()),
    )
    // What comes or goes meanwhile would be in one of the two and not in the other.
    if (countNamespaces() === count) return Array.from({ length: count - named.size }, (_, n) => `${NAMELESS} ${n + 1}`)
  }
}

function countNamespaces(): number {
  // Until then objects that are free count as well.
  writeFileSync(`${NAMESPACE_CACHE}/shrink`, '1')
  return Number.parseInt(readFileSync(`${NAMESPACE_CACHE}/objects`, 'latin1'), 10)
}

export const NAMELESS = 'nameless network namespace'
const NAMESPACE_CACHE = '/sys/kernel/slab/net_namespace'

/** `361 94 0:4 net:[4026532386] /run/netns/name rw shared:7 - nsfs nsfs rw` */
function namespaceIn(mount: string): string[] {
  return /net:\[\d+\]/.exec(mount) ?? []
}

/** Whoever is at work holds an abstract socket (unix(7)), and other runs than the world's have instances as well. */
function isClaimed(instance: string): boolean {
  const number = /^hw(\d+)$/.exec(instance)?.[1]
  return number !== undefined && (read('/proc/net/unix') ?? '').includes(`@handwave-segment-${number}\n`)
}

/** Its files, and what is in use of it: a file without a name takes room as well. */
function sharedMemory(folder: string, mayBeUsed: boolean): string[] {
  const { blocks, bfree } = statfsSync(folder)
  const used = blocks - bfree
  return [
    ...readdirSync(folder).map(name => `/dev/shm/${name}`),
    ...(mayBeUsed || used === 0 ? [] : [`/dev/shm: ${used} blocks in use`]),
  ]
}

function mountsOf(pid: number): string[] {
  return (read(`/proc/${pid}/mountinfo`) ?? '').split('\n').filter(line => line !== '')
}

function commandLine(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
}

function linkOf(pid: number, namespace: 'pid' | 'net'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/${namespace}`)
  } catch {
    return null
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Null where there is no such file, or no longer. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}

async function linesOf(program: string, ...args: readonly string[]): Promise<string[]> {
  const { stdout } = await execa(program, args)
  return stdout.split('\n').filter(line => line !== '')
}
