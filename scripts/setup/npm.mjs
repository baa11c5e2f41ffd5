import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { ROOT } from './root.mjs'
import { SetupError } from './setup-error.mjs'

/** Runs npm in the clone; gives its exit status and all that it said. */
export async function runNpm(args, env = process.env) {
  const { program, first } = npmProgram()
  const child = spawn(
    program,
    [...first, ...args, '--loglevel=error', '--no-audit', '--no-fund', '--no-update-notifier'],
    { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  const status = await new Promise((resolve, reject) => {
    child.once('error', error => reject(new SetupError(`npm does not start: ${error.message}.`, 'Install npm.')))
    child.once('close', resolve)
  })
  return { status, output }
}

/** The npm that runs this script, if one does; else the PATH's. */
function npmProgram() {
  const running = process.env.npm_execpath
  if (running && basename(running).startsWith('npm')) return { program: process.execPath, first: [running] }
  return { program: 'npm', first: [] }
}
