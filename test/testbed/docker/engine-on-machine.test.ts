import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { execa } from 'execa'
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers'
import { beforeAll, expect, it, vi } from 'vitest'
import { ensureHostFiles } from '../../../src/testbed/docker/debian-image.ts'
import { readHostRecipe } from '../../../src/testbed/docker/host-recipe.ts'
import { ensureHostImage } from '../../../src/testbed/docker/image.ts'
import { EngineOnMachine } from './engine-on-machine.ts'
import { skipWithoutEngine, whyNoEngineOnMachine } from './required.ts'

const WHY_NOT = await whyNoEngineOnMachine()

// Made once, and that takes a while.
beforeAll(async () => {
  if (WHY_NOT === null) await ensureHostFiles(await readHostRecipe(), AbortSignal.timeout(110_000))
})

it("an engine of the tests' own is seen nowhere on the machine but in its folder, and leaves nothing", async context => {
  skipWithoutEngine(context, WHY_NOT)
  const foldersBefore = namesInFolders()
  const engine = await EngineOnMachine.start()
  const name = basename(dirname(engine.address))
  const marks = [name]
  let namespace = ''
  try {
    vi.stubEnv('DOCKER_HOST', engine.address)
    vi.stubEnv('TESTCONTAINERS_RYUK_DISABLED', 'true')
    const api = (await getContainerRuntimeClient()).container.dockerode
    const tag = await ensureHostImage({ engine: api, signal: context.signal, onProgress: () => {} })
    const network = await api.createNetwork({
      Name: name,
      IPAM: { Driver: 'default', Config: [{ Subnet: '198.18.0.0/15' }] },
    })
    const container = await new GenericContainer(tag).withNetworkMode(name).start()
    marks.push(network.id.slice(0, 12), container.getId().slice(0, 12))
    namespace = namespaceOf(name)
    // dockerd, containerd and the container's shim.
    expect(processesIn(namespace)).toHaveLength(3)
    expect((await networkOfMachine()).filter(line => marks.some(mark => line.includes(mark)))).toEqual([])
    expect(mountsWith(marks)).toEqual([])
  } finally {
    vi.unstubAllEnvs()
    await engine[Symbol.asyncDispose]()
  }
  expect(processesIn(namespace)).toEqual([])
  expect(groupsWith(marks)).toEqual([])
  expect(existsSync(dirname(new URL(engine.address).pathname))).toBe(false)
  expect(namesInFolders()).toEqual(foldersBefore)
})

/** Where a daemon writes that has not been told otherwise. */
function namesInFolders(): Record<string, string[]> {
  const folders = ['/etc/docker', '/opt', '/run/docker', '/run/containerd', '/var/lib/docker']
  return Object.fromEntries(folders.map(folder => [folder, existsSync(folder) ? readdirSync(folder) : []]))
}

async function networkOfMachine(): Promise<string[]> {
  const [links, rules] = await Promise.all([execa('ip', ['-oneline', 'link']), execa('nft', ['list', 'ruleset'])])
  return [...links.stdout.split('\n'), ...rules.stdout.split('\n')]
}

function mountsWith(marks: readonly string[]): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n')
  return mounts.filter(line => marks.some(mark => line.includes(mark)))
}

function groupsWith(marks: readonly string[]): string[] {
  const groups = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'latin1' })
  return groups.filter(path => marks.some(mark => path.includes(mark)))
}

/** The daemon's namespace of processes: the one of whoever has its folder on the command line, and not ours. */
function namespaceOf(name: string): string {
  const daemon = readdirSync('/proc').find(
    pid =>
      /^\d+$/.test(pid) && commandLine(pid).startsWith(`dockerd\0--host=unix:///`) && commandLine(pid).includes(name),
  )
  return readlinkSync(`/proc/${daemon}/ns/pid`)
}

function processesIn(namespace: string): string[] {
  return readdirSync('/proc').filter(pid => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/pid`) === namespace
    } catch {
      return false
    }
  })
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
