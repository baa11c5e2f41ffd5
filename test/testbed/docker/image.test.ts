import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HOST_FOLDER } from '../../../src/testbed/docker/host-recipe.ts'
import type { EngineApi } from '../../../src/testbed/docker/engine.ts'
import { ensureHostImage } from '../../../src/testbed/docker/image.ts'
import { ROOT } from '../../handwave.ts'

/** An engine that has no image and reaches no registry. */
function engineAlone(kind: { Os: string; Arch: string }): EngineApi {
  const absent = Object.assign(new Error('no such image'), { statusCode: 404 })
  return {
    getImage: () => ({ inspect: () => Promise.reject(absent) }),
    buildImage: () => Promise.reject(new Error('dial tcp: network is unreachable')),
    version: () => Promise.resolve(kind),
  } as unknown as EngineApi
}

const { signal } = new AbortController()
const OWN = { Os: process.platform, Arch: process.arch === 'x64' ? 'amd64' : process.arch }

describe('where there is no host image and no registry', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('the fallback is told in one line, and what it lacks with its remedy', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'handwave-test-'))
    vi.stubEnv('HANDWAVE_CACHE', cache)
    vi.stubEnv('PATH', cache)
    const told: string[] = []
    const making = ensureHostImage({ engine: engineAlone(OWN), signal, onProgress: line => told.push(line) })
    await expect(making).rejects.toMatchObject({
      name: 'MissingError',
      message: expect.stringMatching(/^There is no host image.*network is unreachable.*mmdebstrap/),
      hint: expect.stringContaining('apt-get install --no-install-recommends mmdebstrap'),
    })
    expect(told).toEqual([
      expect.stringMatching(/^Building the host image/),
      expect.stringMatching(/^No registry .*network is unreachable.* Debian packages/),
    ])
    await rm(cache, { recursive: true })
  })

  it('none is made here for an engine of another kind', async () => {
    const engine = engineAlone({ Os: 'linux', Arch: 's390x' })
    await expect(ensureHostImage({ engine, signal, onProgress: () => {} })).rejects.toMatchObject({
      name: 'MissingError',
      message: expect.stringContaining('linux on s390x'),
      hint: expect.stringContaining('docker.io'),
    })
  })
})

it("the Dockerfile's packages are those of this project", async () => {
  const [host, lock] = await Promise.all(
    [join(HOST_FOLDER, 'package.json'), join(ROOT, 'package-lock.json')].map(async file =>
      JSON.parse(await readFile(file, 'utf8')),
    ),
  )
  for (const [name, version] of Object.entries({ ...host.dependencies, ...host.overrides })) {
    expect([name, version]).toEqual([name, lock.packages[`node_modules/${name}`].version])
  }
})
