import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { MissingError } from '../errors.ts'
import { ADDON_NEEDS, isAddonBuilt } from './addon.ts'
import { errnoOf } from './errno.ts'
import { cacheFolder } from './kernel/cache.ts'
import { FileLock } from './kernel/lock.ts'
import { ProgramError, runProgram } from './kernel/program.ts'
import { findMissing, missingError } from './needs.ts'

const require = createRequire(import.meta.url)
const LAST_LINES = 30

export interface AddonOptions {
  readonly signal: AbortSignal
  readonly onBuild: () => void
}

/**
 * Builds raw-socket for the Node that runs this. Not left to npm: of late it runs no dependency's install script, and what
 * an older one has built is of no use once Node is another.
 */
export async function buildAddon({ signal, onBuild }: AddonOptions): Promise<void> {
  const missing = await findMissing(ADDON_NEEDS, process.env)
  if (missing.length > 0) throw missingError('Building raw-socket', missing)
  const folder = dirname(require.resolve('raw-socket/package.json'))
  await using lock = await lockFolder(folder, { signal, onWait: () => {} })
  // Another process may have built it meanwhile.
  if (isAddonBuilt()) return
  onBuild()
  const said: string[] = []
  const building = { folder, environment: buildEnvironment(), descriptor: lock.descriptor, signal }
  try {
    const args = [require.resolve('node-gyp/bin/node-gyp.js'), 'rebuild', ...headers()]
    await runProgram(process.execPath, args, { ...building, onLine: line => said.push(line) })
  } catch (error) {
    if (error instanceof ProgramError) throw notBuilt(said)
    throw error
  }
  if (!isAddonBuilt()) throw notBuilt(said)
}

async function lockFolder(folder: string, options: Parameters<typeof FileLock.take>[1]): Promise<FileLock> {
  try {
    return await FileLock.take(join(folder, 'build.lock'), options)
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) throw error
    throw new MissingError(
      'ADDON_FOLDER',
      `raw-socket is not built for Node ${process.versions.node}, and nothing can be written to ${folder}.`,
      { hint: 'Run a lab once as the user who installed handwave.', cause: error },
    )
  }
}

/** A Node's own headers, where it brings them: so nothing need be fetched. */
function headers(): string[] {
  const prefix = dirname(dirname(process.execPath))
  const file = join(prefix, 'include', 'node', 'node_version.h')
  const isOwn =
    existsSync(file) &&
    new RegExp(`#define NODE_MODULE_VERSION ${process.versions.modules}\\b`).test(readFileSync(file, 'utf8'))
  return isOwn ? [`--nodedir=${prefix}`] : [`--devdir=${join(cacheFolder(), 'node-headers')}`]
}

function buildEnvironment(): Record<string, string> {
  // What binding.gyp asks 'node' should be asked of this one.
  const PATH = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  const environment = Object.entries({ ...process.env, PATH })
    // A user's own nodedir would give another Node's headers, and counts more than the argument; the name may be in either case.
    .filter(([name]) => !/^npm_config_(nodedir|devdir)$/i.test(name))
    .flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return Object.fromEntries(environment)
}

function notBuilt(said: readonly string[]): MissingError {
  const last = said.filter(line => !line.startsWith('gyp info')).slice(-LAST_LINES)
  return new MissingError(
    'ADDON',
    `The package raw-socket could not be built. The last that was said:\n${last.join('\n')}`,
    {
      hint: "It needs a C++ compiler that works (g++, make and python3), and Node's headers: beside it, or from nodejs.org.",
    },
  )
}
