import { access, chmod, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { MissingError } from '../../errors.ts'
import { isAddonBuilt } from '../addon.ts'
import { buildAddon } from '../addon-build.ts'
import { cacheFolder } from '../kernel/cache.ts'
import { FileLock } from '../kernel/lock.ts'
import { ProgramError, runProgram } from '../kernel/program.ts'
import { findMissing, HOST_IMAGE_NEEDS, missingError } from '../needs.ts'
import { makeTemporaryFolder } from '../temporary.ts'
import { addonSupplies } from './host-addons.ts'
import type { HostRecipe } from './host-recipe.ts'

/** Of what Debian brings no host has a use for these. */
const USELESS = ['usr/share/doc', 'usr/share/info', 'usr/share/locale', 'usr/share/man', 'var/cache', 'var/log']
const LAST_LINES = 5
const REACH_REGISTRY = 'Or let the engine reach docker.io, once.'

/**
 * The files of a host image as a tar: Debian packages of this machine's own release, so that addons built here run there, its
 * Node, and the addons. Made once, and kept in the cache.
 */
export async function ensureHostFiles(recipe: HostRecipe, signal: AbortSignal): Promise<string> {
  const suite = await ownSuite()
  const folder = join(cacheFolder(), 'images')
  const file = join(folder, `${recipe.hash}-${suite}.tar`)
  if (await exists(file)) return file
  const missing = await findMissing(HOST_IMAGE_NEEDS, process.env)
  if (missing.length > 0) throw missingError('Making the host image of Debian packages', missing)
  await mkdir(folder, { recursive: true })
  await using lock = await FileLock.take(join(folder, 'build.lock'), { signal, onWait: () => {} })
  if (await exists(file)) return file
  if (!isAddonBuilt()) await buildAddon({ signal, onBuild: () => {} })
  // Only the holder of the lock makes one: whatever is half made was left by the dead.
  const half = (await readdir(folder)).filter(name => name.endsWith('.half'))
  for (const name of half) await rm(join(folder, name))
  const target = `${file}.half`
  const scratch = await makeTemporaryFolder()
  try {
    // Where mmdebstrap is not root it becomes another user, who has to come by here.
    await chmod(scratch, 0o711)
    const making = { target, scratch, descriptor: lock.descriptor, signal }
    await addPackages(recipe, suite, making)
    await addOwn(making)
    await rename(target, file)
    return file
  } finally {
    await rm(target, { force: true })
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Making {
  readonly target: string
  readonly scratch: string
  readonly descriptor: number
  readonly signal: AbortSignal
}

async function addPackages(recipe: HostRecipe, suite: string, making: Making): Promise<void> {
  await run(making, 'mmdebstrap', [
    '--variant=essential',
    '--format=tar',
    `--include=${recipe.packages.join(',')}`,
    `--customize-hook=cd "$1" && rm -rf ${USELESS.map(path => `${path}/*`).join(' ')}`,
    suite,
    making.target,
  ])
}

/** Node and the addons, led into place by links that tar follows. */
async function addOwn(making: Making): Promise<void> {
  const supplies = [
    { from: process.execPath, to: NODE },
    ...addonSupplies().map(({ from, to }) => ({ from, to: join(HOME, 'node_modules', to) })),
  ]
  const tree = join(making.scratch, 'own')
  for (const { from, to } of supplies) {
    await mkdir(dirname(join(tree, to)), { recursive: true })
    await symlink(from, join(tree, to))
  }
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go=rX']
  await run(making, 'tar', ['--append', '--dereference', ...owner, `--file=${making.target}`, '-C', tree, NODE, HOME])
}

/** As in the Dockerfile. */
const HOME = 'handwave'
const NODE = join('usr', 'local', 'bin', 'node')

/** Its name, as the mirrors have it. */
async function ownSuite(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const { ID, VERSION_CODENAME } = parseEnv(text)
  if (ID === 'debian' && VERSION_CODENAME) return VERSION_CODENAME
  throw new MissingError('HOST_IMAGE', 'Only on Debian can a host image be made of Debian packages.', {
    hint: REACH_REGISTRY,
  })
}

async function run({ scratch, descriptor, signal }: Making, program: string, args: readonly string[]): Promise<void> {
  const said: string[] = []
  const { PATH = '', ...others } = process.env
  const environment = Object.fromEntries(
    Object.entries({ ...others, PATH: `${PATH}:/usr/sbin:/sbin`, TMPDIR: scratch, LC_ALL: 'C' }).flatMap(
      ([name, value]) => (value === undefined ? [] : [[name, value]]),
    ),
  )
  try {
    await runProgram(program, args, {
      folder: scratch,
      environment,
      descriptor,
      signal,
      onLine: line => said.push(line),
    })
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    const last = said.slice(-LAST_LINES).join('\n')
    throw new MissingError('HOST_IMAGE', `${error.message} while it made a host image:\n${last}`, {
      hint: `Let this machine reach its Debian mirror. ${REACH_REGISTRY}`,
      cause: error,
    })
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}
