import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addonVersions } from './host-addons.ts'

/** What a host image is made of, and the tag that names exactly that. */
export interface HostRecipe {
  readonly hash: string
  readonly tag: string
  readonly labels: Readonly<Record<string, string>>
  /** Of Debian. */
  readonly packages: readonly string[]
  /** Those of them that the Dockerfile does not name. */
  readonly more: readonly string[]
}

/** Hosts for labs, or those in which students' programs run, too. */
export type HostPurpose = 'labs' | 'grading'

/** The recipe that comes with handwave: the build's context. */
export const HOST_FOLDER = fileURLToPath(new URL('../../../containers/host/', import.meta.url))
export const HOST_FILES = ['Dockerfile', 'package.json', 'packages'] as const

/** What Node's own binary is linked to: a node image has it, Debian's essential packages have not. */
const NODE_LIBRARIES = ['libatomic1', 'libstdc++6'] as const
/** Its other choice would bring all of Perl. */
const MERGED = 'usr-is-merged'

/** Besides Node: what they are written in. */
const LANGUAGES = ['gcc', 'libc6-dev', 'perl', 'python3'] as const

export async function readHostRecipe(purpose: HostPurpose = 'labs'): Promise<HostRecipe> {
  const contents = await Promise.all(HOST_FILES.map(name => readFile(join(HOST_FOLDER, name), 'utf8')))
  const more = purpose === 'grading' ? LANGUAGES : []
  const packages = [...(contents[2] ?? '').trim().split('\n'), ...NODE_LIBRARIES, MERGED, ...more]
  const facts = [process.version, process.arch, addonVersions(), packages, contents]
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16)
  return {
    hash,
    tag: `handwave-host:${hash}`,
    labels: { 'org.handwave': 'host-image', 'org.handwave.recipe': hash },
    packages,
    more,
  }
}
