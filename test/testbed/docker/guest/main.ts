import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { getContainerRuntimeClient } from 'testcontainers'
import { readHostRecipe } from '../../../../src/testbed/docker/host-recipe.ts'
import { importHostImage } from '../../../../src/testbed/docker/image.ts'
import { SPOKEN_TO_US } from '../../../../src/testbed/runner.ts'
import { engineAnswers } from '../engine-answers.ts'
import type { GuestLine, GuestRequest } from './protocol.ts'

/** Runs inside the lab kernel: brings Docker's daemon up, gives it the host image, and runs a command beside it. */
const SOCKET = '/run/docker.sock'
const LOG = '/run/dockerd.log'
const request: GuestRequest = JSON.parse(process.argv[2] ?? '')
const { signal } = new AbortController()

await mount('cgroup2', '/sys/fs/cgroup')
await mount('tmpfs', '/etc/docker')
await startDaemon()
await giveImage(request.image)
process.exitCode = await run(request)
// The kernel takes the daemon with it.
process.exit()

async function mount(type: string, place: string, options = 'defaults'): Promise<void> {
  await execa('mount', ['-t', type, '-o', options, 'none', place])
}

async function startDaemon(): Promise<void> {
  const log = openSync(LOG, 'w')
  const daemon = spawn('dockerd', ['--data-root=/run/docker-data', '--log-level=warn'], {
    stdio: ['ignore', log, log],
  })
  const ended = new Promise(resolve => daemon.once('close', resolve))
  try {
    await engineAnswers(SOCKET, ended)
  } catch (cause) {
    throw new Error(`dockerd does not answer. It said:\n${await readFile(LOG, 'utf8')}`, { cause })
  }
}

/**
 * An image of one empty layer, and in the layer's place the files themselves, as this machine has them: reading them in would
 * take this kernel half a minute.
 */
async function giveImage(files: string): Promise<void> {
  const engine = (await getContainerRuntimeClient()).container.dockerode
  const recipe = await readHostRecipe()
  const empty = '/run/empty'
  await mkdir(`${empty}.d`)
  await execa('tar', ['-cf', `${empty}.tar`, '-C', `${empty}.d`, '.'])
  await importHostImage({ engine, recipe, files: `${empty}.tar`, signal })
  const { GraphDriver } = await engine.getImage(recipe.tag).inspect()
  const data: Record<string, string> = GraphDriver.Data
  const layer = data['UpperDir']
  if (layer === undefined) throw new Error(`The storage driver ${GraphDriver.Name} shows no layer.`)
  await mount('hostfs', layer, files)
}

async function run({ command: [program = '', ...args], folder }: GuestRequest): Promise<number> {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const status = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  relay('stdout', child.stdout)
  relay('stderr', child.stderr)
  return (await status) ?? 1
}

function relay(from: GuestLine['from'], stream: Readable): void {
  createInterface({ input: stream }).on('line', line => {
    process.stdout.write(`${SPOKEN_TO_US}${JSON.stringify({ from, line } satisfies GuestLine)}\n`)
  })
}
