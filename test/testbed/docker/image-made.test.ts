import { GenericContainer } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readHostRecipe } from '../../../src/testbed/docker/host-recipe.ts'
import { ensureHostImage } from '../../../src/testbed/docker/image.ts'
import { skipWithoutEngine, whyNoEngineOnMachine } from './required.ts'
import { TestEngine } from './test-engine.ts'

const PROGRAMS = ['ip -Version', 'tc -Version', 'ss --version', 'nft --version', 'ethtool --version', 'ps --version']
const ADDONS = `require('raw-socket').createSocket({ protocol: 6 }).close(); require('koffi').load('libc.so.6')`

const WHY_NOT = await whyNoEngineOnMachine()

describe('the host image', () => {
  let engine: TestEngine
  let tag = ''
  const told: string[] = []
  const ensure = async () =>
    await ensureHostImage({
      engine: engine.api,
      signal: AbortSignal.timeout(110_000),
      onProgress: line => told.push(line),
    })

  beforeAll(async () => {
    if (WHY_NOT !== null) return
    engine = await TestEngine.get()
    tag = await ensure()
  })
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
  })

  it('is made by itself, and once', async context => {
    skipWithoutEngine(context, WHY_NOT)
    told.length = 0
    expect(await ensure()).toBe(tag)
    expect(told).toEqual([])
  })

  it('is small, and says whose it is', async context => {
    skipWithoutEngine(context, WHY_NOT)
    const { Size, Config } = await engine.api.getImage(tag).inspect()
    expect(Size).toBeGreaterThan(100e6)
    expect(Size).toBeLessThan(350e6)
    expect(Config.Labels).toMatchObject((await readHostRecipe()).labels)
  })

  it('has what a host needs', async context => {
    skipWithoutEngine(context, WHY_NOT)
    const host = await new GenericContainer(tag).withAddedCapabilities('NET_ADMIN', 'NET_RAW').start()
    const does = [...PROGRAMS.map(command => command.split(' ')), ['node', '-e', ADDONS], ['pwd']]
    const done = await Promise.all(does.map(async command => [command, await host.exec(command)] as const))
    await host.stop({ timeout: 0 })
    expect(done.filter(([, { exitCode }]) => exitCode !== 0)).toEqual([])
    expect(done.at(-1)?.[1].output).toBe('/handwave\n')
  })
})
