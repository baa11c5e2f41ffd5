#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isNodeNewEnough, keepCompiled, NODE_TOO_OLD, runByOwnNode, shouldSwitchNode } from './own-node.mjs'

const SOURCE = new URL('../src/cli/main.ts', import.meta.url)
const PACKAGES = new URL('../node_modules/execa', import.meta.url)
const args = process.argv.slice(2)

if (!existsSync(SOURCE)) await runInstalled()
else if (shouldSwitchNode()) runByOwnNode(fileURLToPath(import.meta.url), args)
else await runClone()

/** A clone runs its TypeScript as it is. */
async function runClone() {
  if (!existsSync(PACKAGES)) refuse("Nothing is installed in this clone yet. Run 'npm start' once.")
  else if (!isNodeNewEnough()) refuse(NODE_TOO_OLD)
  else {
    keepCompiled()
    await run(SOURCE)
  }
}

/** Node runs no TypeScript from node_modules: a package brings it compiled. */
async function runInstalled() {
  if (isNodeNewEnough()) await run(new URL('../dist/cli/main.js', import.meta.url))
  else refuse(NODE_TOO_OLD)
}

async function run(entry) {
  const { main } = await import(entry.href)
  process.exitCode = await main(args)
}

function refuse(message) {
  process.stderr.write(`handwave: ${message}\n`)
  process.exitCode = 3
}
