import { performance } from 'node:perf_hooks'
import { KernelShelf, type LabKernel, type Stamp } from './cache.ts'
import { requireSupportedPlatform, unsupportedPlatform } from './platform.ts'
import { BuildMeter, type BuildProgress } from './progress.ts'
import { readRecipe } from './recipe.ts'
import { missingForBuild, requireForBuild } from './requirements.ts'
import type { Need } from '../needs.ts'

export type { LabKernel } from './cache.ts'
export type { BuildPhase, BuildProgress } from './progress.ts'

export interface KernelStatus {
  readonly hash: string
  /** Where the kernel is, or would be. */
  readonly path: string
  readonly built: { readonly kernel: LabKernel; readonly stamp: Stamp } | null
  /** What building it would need and the machine lacks. */
  readonly missing: readonly Need[]
  /** Why this machine can have none, or null. */
  readonly unsupported: string | null
}

/** Which kernel, for whom. The defaults are handwave's own recipe and this process's environment. */
export interface KernelChoice {
  readonly recipeFolder?: string | undefined
  /** PATH, HANDWAVE_CACHE, XDG_CACHE_HOME, HOME and HANDWAVE_LINUX_SOURCE are read from it. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

export interface EnsureOptions extends KernelChoice {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: BuildProgress) => void
}

export async function kernelStatus({
  recipeFolder,
  environment = process.env,
}: KernelChoice = {}): Promise<KernelStatus> {
  const recipe = await readRecipe(recipeFolder)
  const shelf = new KernelShelf(environment)
  const built = await shelf.find(recipe.hash)
  return {
    hash: recipe.hash,
    path: shelf.kernelPath(recipe.hash),
    built,
    missing: built ? [] : await missingForBuild(recipe, environment),
    unsupported: unsupportedPlatform(),
  }
}

/** The lab kernel from the cache; built first, once, where it is not there. */
export async function ensureKernel(options: EnsureOptions): Promise<LabKernel> {
  const { signal, onProgress = () => {}, recipeFolder, environment = process.env } = options
  signal.throwIfAborted()
  requireSupportedPlatform()
  const recipe = await readRecipe(recipeFolder)
  const shelf = new KernelShelf(environment)
  const cached = await shelf.find(recipe.hash)
  if (cached) return cached.kernel

  const tarball = await requireForBuild(recipe, shelf, environment)
  const meter = new BuildMeter(onProgress)
  // Only here, because every run comes as far as the cache, and what builds takes a while to load.
  const [{ FileLock }, { BuildFolder }] = await Promise.all([import('./lock.ts'), import('./build-folder.ts')])
  await using lock = await FileLock.take(shelf.lockFile, { signal, onWait: () => meter.wait() })
  const built = await shelf.find(recipe.hash)
  if (built) return built.kernel

  const from = performance.now()
  await using folder = await BuildFolder.make({
    recipe,
    shelf,
    tarball,
    environment,
    meter,
    signal,
    descriptor: lock.descriptor,
  })
  await folder.build()
  return await folder.deliver((performance.now() - from) / 1000)
}
