import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Need } from '../needs.ts'

/** How to build a lab kernel: a folder of three files, and the hash of their bytes that names the result. */
export interface Recipe {
  readonly hash: string
  /** The kernel's options, as `KCONFIG_ALLCONFIG` takes them. */
  readonly configFile: string
  readonly patchFile: string
  /** The Linux series that the options and the patch are for. */
  readonly series: string
  readonly source: { readonly package: string; readonly tarball: string }
  /** Arguments of every call of make. */
  readonly make: readonly string[]
  readonly needs: readonly Need[]
  /** What must be free where it is built. */
  readonly diskMegabytes: number
}

/** The recipe that comes with handwave. */
export const RECIPE_FOLDER = fileURLToPath(new URL('../../../containers/kernel/', import.meta.url))

const FILES = ['config', 'um.patch', 'recipe.json'] as const

export async function readRecipe(folder: string = RECIPE_FOLDER): Promise<Recipe> {
  const [config, patch, recipe] = await Promise.all(FILES.map(name => readFile(join(folder, name))))
  const facts: Omit<Recipe, 'hash' | 'configFile' | 'patchFile'> = JSON.parse(recipe?.toString() ?? '')
  return {
    hash: hashOf([config, patch, recipe]),
    configFile: join(folder, 'config'),
    patchFile: join(folder, 'um.patch'),
    series: facts.series,
    source: facts.source,
    make: facts.make,
    needs: facts.needs,
    diskMegabytes: facts.diskMegabytes,
  }
}

/** Over names, lengths and bytes: no byte can move from one file to the next unseen. */
function hashOf(contents: readonly (Buffer | undefined)[]): string {
  const hash = createHash('sha256')
  for (const [index, name] of FILES.entries()) {
    const bytes = contents[index] ?? Buffer.alloc(0)
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}
