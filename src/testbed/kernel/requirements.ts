import { constants } from 'node:fs'
import { access, mkdir, statfs } from 'node:fs/promises'
import { basename } from 'node:path'
import { MissingError, UsageError } from '../../errors.ts'
import { findMissing, missingError, type Need } from '../needs.ts'
import type { KernelShelf } from './cache.ts'
import type { Recipe } from './recipe.ts'

/** What a build needs and this machine lacks: programs, headers, and the source of Linux. */
export async function missingForBuild(recipe: Recipe, environment: NodeJS.ProcessEnv): Promise<Need[]> {
  const source: Need = {
    file: recipe.source.tarball,
    package: recipe.source.package,
    instead: `Where there is no package ${recipe.source.package}, HANDWAVE_LINUX_SOURCE names a linux-${recipe.series}*.tar.xz.`,
  }
  const own = environment['HANDWAVE_LINUX_SOURCE']
  return await findMissing(own ? recipe.needs : [...recipe.needs, source], environment)
}

/** Checks all that can be checked before the work begins, and gives the tarball to build from. */
export async function requireForBuild(
  recipe: Recipe,
  shelf: KernelShelf,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const missing = await missingForBuild(recipe, environment)
  if (missing.length > 0) throw missingError('Building the lab kernel', missing)
  const tarball = await chosenSource(recipe, environment)
  await requireFolder(shelf.folder)
  await requireSpace(shelf.folder, recipe.diskMegabytes)
  return tarball
}

async function chosenSource(recipe: Recipe, environment: NodeJS.ProcessEnv): Promise<string> {
  const own = environment['HANDWAVE_LINUX_SOURCE']
  if (!own) return recipe.source.tarball
  const hint = `HANDWAVE_LINUX_SOURCE must name a linux-${recipe.series}*.tar.xz.`
  const readable = await access(own, constants.R_OK).then(
    () => true,
    () => false,
  )
  if (!readable)
    throw new UsageError('KERNEL_SOURCE', `HANDWAVE_LINUX_SOURCE names ${own}, which cannot be read.`, { hint })
  const series = /linux-(?:source-)?(\d+\.\d+)/.exec(basename(own))?.[1]
  if (series !== undefined && series !== recipe.series) throw wrongSeries(own, series, recipe)
  return own
}

/** A file's name may say nothing or lie: the unpacked Makefile decides. */
export function requireSeries(makefile: string, tarball: string, recipe: Recipe): void {
  const field = (name: string) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(makefile)?.[1] ?? '?'
  const series = `${field('VERSION')}.${field('PATCHLEVEL')}`
  if (series !== recipe.series) throw wrongSeries(tarball, series, recipe)
}

function wrongSeries(tarball: string, series: string, recipe: Recipe): UsageError {
  return new UsageError(
    'KERNEL_SOURCE',
    `${tarball} holds Linux ${series}; the lab kernel is Linux ${recipe.series}.`,
    {
      hint: `HANDWAVE_LINUX_SOURCE must name a linux-${recipe.series}*.tar.xz.`,
    },
  )
}

async function requireFolder(folder: string): Promise<void> {
  const hint = 'HANDWAVE_CACHE names another cache folder.'
  // The kernel's Makefile refuses such a folder, in words that do not say whose it is.
  if (/[\s:]/.test(folder)) {
    throw new MissingError('CACHE_FOLDER', `A kernel cannot be built in ${folder}: its path has a space or a colon.`, {
      hint,
    })
  }
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MissingError('CACHE_FOLDER', `The cache folder ${folder} cannot be written: ${reason}.`, { hint, cause })
  }
}

async function requireSpace(folder: string, megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= megabytes * 1e6) return
  throw new MissingError(
    'DISK_SPACE',
    `Building the lab kernel takes ${gigabytes(megabytes * 1e6)} of disk for a while, and ${folder} has ${gigabytes(free)} free.`,
    { hint: 'Free some, or let HANDWAVE_CACHE name a folder on a disk that has it.' },
  )
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
