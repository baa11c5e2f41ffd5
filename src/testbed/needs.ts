import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { MissingError } from '../errors.ts'

/** Something that must be on the machine, and the Debian package that brings it. */
export type Need = {
  readonly package: string
  /** A sentence for machines for which there is no such package. */
  readonly instead?: string
} & ({ readonly tool: string } | { readonly header: string } | { readonly file: string })

/** What the runner calls when it sets up hosts and boots a lab kernel. */
export const HOST_NEEDS: readonly Need[] = [
  { tool: 'ip', package: 'iproute2' },
  { tool: 'tc', package: 'iproute2' },
  { tool: 'bridge', package: 'iproute2' },
  { tool: 'nft', package: 'nftables' },
  { tool: 'setpriv', package: 'util-linux' },
  { tool: 'taskset', package: 'util-linux' },
  { tool: 'nsenter', package: 'util-linux' },
  { tool: 'mount', package: 'mount' },
]

/** What brings up a container engine. */
export const ENGINE_NEEDS: readonly Need[] = [{ tool: 'dockerd', package: 'docker.io' }]

/** What makes the host image of Debian packages. */
export const HOST_IMAGE_NEEDS: readonly Need[] = [
  { tool: 'mmdebstrap', package: 'mmdebstrap' },
  { tool: 'tar', package: 'tar' },
]

/** Debian keeps an administrator's tools where a user's PATH does not look. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin']
const HEADER_FOLDERS = ['/usr/include', '/usr/include/x86_64-linux-gnu']

/** Those that are not there. Files are looked for, not packages, so that it holds on any distribution. */
export async function findMissing(needs: readonly Need[], environment: NodeJS.ProcessEnv): Promise<Need[]> {
  const met = await Promise.all(needs.map(need => isMet(need, environment)))
  return needs.filter((_, index) => !met[index])
}

async function isMet(need: Need, environment: NodeJS.ProcessEnv): Promise<boolean> {
  if ('file' in need) return await can(need.file, constants.R_OK)
  if ('header' in need) return await anyCan(HEADER_FOLDERS, need.header, constants.R_OK)
  const path = environment['PATH']?.split(delimiter).filter(folder => folder !== '') ?? []
  return await anyCan([...path, ...SYSTEM_FOLDERS], need.tool, constants.X_OK)
}

async function anyCan(folders: readonly string[], name: string, mode: number): Promise<boolean> {
  for (const folder of folders) if (await can(join(folder, name), mode)) return true
  return false
}

async function can(path: string, mode: number): Promise<boolean> {
  return await access(path, mode).then(
    () => true,
    () => false,
  )
}

export function packagesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.map(need => need.package))]
}

/** The one command that installs them on Debian. */
export function aptCommand(packages: readonly string[]): string {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  return `${sudo}apt-get install --no-install-recommends ${packages.join(' ')}`
}

/** `purpose` begins the sentence: what cannot be done without them. */
export function missingError(purpose: string, missing: readonly Need[]): MissingError {
  const list = missing.map(need => `${nameOf(need)} (Debian package ${need.package})`)
  const sentences = [`${purpose} needs what is not here: ${list.join(', ')}.`, ...insteadOf(missing)]
  return new MissingError('MISSING_PACKAGES', sentences.join(' '), { hint: aptCommand(packagesOf(missing)) })
}

export function insteadOf(missing: readonly Need[]): string[] {
  return missing.flatMap(need => need.instead ?? [])
}

function nameOf(need: Need): string {
  if ('tool' in need) return need.tool
  return 'header' in need ? need.header : need.file
}
