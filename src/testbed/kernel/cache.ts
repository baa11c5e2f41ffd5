import { access, constants, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { errnoOf } from '../errno.ts'

/** A lab kernel that can be booted. */
export interface LabKernel {
  readonly path: string
  readonly version: string
  readonly hash: string
}

/** What is written beside a built kernel. */
export interface Stamp {
  readonly kernel: string
  readonly sourceSha256: string
  readonly builtAt: string
  readonly seconds: number
}

/** The one folder outside the clone that handwave writes to. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['HANDWAVE_CACHE']
  if (own) return resolve(own)
  // A relative one is to be ignored (XDG Base Directory Specification).
  const xdg = environment['XDG_CACHE_HOME']
  if (xdg && isAbsolute(xdg)) return join(xdg, 'handwave')
  return join(environment['HOME'] || homedir(), '.cache', 'handwave')
}

/** Where Node keeps what it has compiled, for processes that start often. */
export function compileCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), 'compiled')
}

/** What runs have found, for commands that tell of it later. */
export function recordsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), 'records')
}

/** Where kernels lie in the cache: all that a build touches is in here. */
export class KernelShelf {
  readonly folder: string

  constructor(environment: NodeJS.ProcessEnv) {
    this.folder = join(cacheFolder(environment), 'kernels')
  }

  get lockFile(): string {
    return join(this.folder, 'build.lock')
  }

  kernelFolder(hash: string): string {
    return join(this.folder, hash)
  }

  kernelPath(hash: string): string {
    return join(this.kernelFolder(hash), 'linux')
  }

  /** What is left of the last build, if that failed. */
  logFile(hash: string): string {
    return join(this.folder, `${hash}.log`)
  }

  /** The kernel of this hash with its stamp, or null if it is not there or not whole. */
  async find(hash: string): Promise<{ kernel: LabKernel; stamp: Stamp } | null> {
    const path = this.kernelPath(hash)
    try {
      await access(path, constants.X_OK)
      const stamp: Stamp = JSON.parse(await readFile(join(this.kernelFolder(hash), 'stamp.json'), 'utf8'))
      return { kernel: { path, version: stamp.kernel, hash }, stamp }
    } catch (error) {
      if (error instanceof SyntaxError || isAbsent(error)) return null
      throw error
    }
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')
}
