import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNpm } from './npm.mjs'
import { ROOT } from './root.mjs'
import { SetupError } from './setup-error.mjs'

const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.handwave-setup')
/** What npm wrote down of its last installation: whoever installs by hand changes it. */
const INSTALLED = join(MODULES, '.package-lock.json')
const LINES_SHOWN = 20

/** Whether node_modules holds what the lock file says, as far as that can be told at a glance. */
export function arePackagesInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stampNow() && existsSync(join(MODULES, 'raw-socket'))
}

/**
 * Installs them without running any of their scripts: raw-socket's would build it for the Node that runs npm, which need
 * not be ours. It is built afterwards (src/testbed/addon-build.ts).
 */
export async function installPackages() {
  process.stderr.write('Installing npm packages…\n')
  // Not `npm ci`: it insists on entries for the optional packages of every other platform. Without saving, `npm install`
  // keeps to the lock file and leaves it as it is.
  const { status, output } = await runNpm([
    'install',
    '--no-save',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
  ])
  if (status !== 0) throw failure(output)
  writeFileSync(STAMP, stampNow())
}

function stampNow() {
  const hash = createHash('sha256')
  for (const file of [join(ROOT, 'package.json'), join(ROOT, 'package-lock.json'), INSTALLED]) {
    hash.update(existsSync(file) ? readFileSync(file) : 'none').update('\0')
  }
  return `${hash.digest('hex')}\n`
}

function failure(output) {
  const offline = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.exec(output)
  if (offline) {
    return new SetupError(
      `The npm packages could not be fetched: the registry cannot be reached (${offline[1]}).`,
      "Check the network, or which registry 'npm config get registry' names, and start again.",
    )
  }
  const said = output.trimEnd().split('\n').slice(0, LINES_SHOWN).join('\n')
  return new SetupError(
    `The npm packages could not be installed. npm said:\n${said}`,
    'Start again when that is mended.',
  )
}
