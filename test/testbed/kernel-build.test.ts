import { access, cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execaNode } from 'execa'
import { describe, expect, it } from 'vitest'
import { HandwaveError } from '../../src/errors.ts'
import { type BuildProgress, ensureKernel, kernelStatus } from '../../src/testbed/kernel/build.ts'
import { cacheFolder } from '../../src/testbed/kernel/cache.ts'
import { droppedOptions } from '../../src/testbed/kernel/config.ts'
import { unsupportedPlatform } from '../../src/testbed/kernel/platform.ts'
import { RECIPE_FOLDER, readRecipe } from '../../src/testbed/kernel/recipe.ts'
import { BACKGROUND, FakeKernel, makefileWith } from './fake-kernel.ts'

const { signal } = new AbortController()

const ONE_BYTE: Readonly<Record<string, readonly [string, string]>> = {
  config: ['=y', '=n'],
  'um.patch': ['um', 'uM'],
  'recipe.json': ['\n', ' '],
}

describe('the recipe', () => {
  it('has another hash for any byte that is changed, whichever file it is in', async () => {
    await using fake = await FakeKernel.make()
    const copy = join(fake.folder, 'copy')
    await cp(RECIPE_FOLDER, copy, { recursive: true })
    const hashes = [(await readRecipe(copy)).hash]
    for (const [name, [from, to]] of Object.entries(ONE_BYTE)) {
      const text = await readFile(join(copy, name), 'utf8')
      await writeFile(join(copy, name), text.replace(from, to))
      hashes.push((await readRecipe(copy)).hash)
      await writeFile(join(copy, name), text)
    }
    await writeFile(join(copy, 'README.md'), 'is no part of it')
    hashes.push((await readRecipe(copy)).hash)
    expect(hashes).toEqual(hashes.map(() => expect.stringMatching(/^[0-9a-f]{16}$/)))
    expect(hashes[4]).toBe(hashes[0])
    expect(new Set(hashes).size).toBe(4)
  })

  it('changes no line of Linux outside arch/um', async () => {
    const patch = await readFile(join(RECIPE_FOLDER, 'um.patch'), 'utf8')
    const touched = [...patch.matchAll(/^(?:---|\+\+\+|rename (?:from|to)|copy (?:from|to)) (\S+)/gm)].map(
      ([, file]) => file,
    )
    expect(touched.length).toBeGreaterThan(0)
    expect(touched.filter(file => !/^[ab]\/arch\/um\//.test(`${file}`))).toEqual([])
    expect(patch).not.toMatch(/^\+\+\+ .*\.\./m)
  })

  it('leaves io_uring out, and time at 100 ticks a second', async () => {
    const config = await readFile(join(RECIPE_FOLDER, 'config'), 'utf8')
    expect(config).toMatch(/^CONFIG_IO_URING=n$/m)
    expect(config).not.toMatch(/^CONFIG_HZ/m)
  })
})

describe('the cache folder', () => {
  it.each([
    [{ HANDWAVE_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/handwave'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/handwave'],
    [{ HOME: '/h' }, '/h/.cache/handwave'],
  ])('of %o is %s', (environment, folder) => {
    expect(cacheFolder(environment)).toBe(folder)
  })
})

describe('options of the kernel', () => {
  it('that were dropped are named, and those set otherwise', () => {
    const asked = '# why\nCONFIG_A=y\nCONFIG_B=n\nCONFIG_C=y\nCONFIG_D="null"\nCONFIG_E=n\n'
    expect(droppedOptions(asked, 'CONFIG_A=y\n# CONFIG_C is not set\nCONFIG_D="pty"\nCONFIG_E=y\n')).toEqual([
      'CONFIG_C=y',
      'CONFIG_D="null"',
      'CONFIG_E=n',
    ])
  })
})

describe.skipIf(unsupportedPlatform() !== null)('a build', () => {
  it('gives a patched, stamped kernel once, and tells how far it is', async () => {
    await using fake = await FakeKernel.make()
    expect((await kernelStatus(fake.choice)).built).toBeNull()
    const progress: BuildProgress[] = []
    const kernel = await ensureKernel({ ...fake.choice, signal, onProgress: step => progress.push(step) })

    expect(kernel).toEqual({ path: join(fake.kernels, kernel.hash, 'linux'), version: '6.12.99', hash: kernel.hash })
    expect(await fake.kept()).toEqual([kernel.hash])
    expect((await kernelStatus(fake.choice)).built).toEqual({
      kernel,
      stamp: {
        kernel: '6.12.99',
        sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        builtAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        seconds: expect.any(Number),
      },
    })
    const done = progress.map(step => step.done)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect([done[0], done.at(-1)]).toEqual([0, 1])
    expect([...new Set(progress.map(step => step.phase))]).toEqual(['unpack', 'configure', 'compile', 'link'])

    // What is in the cache needs no tools.
    const environment = { ...fake.choice.environment, PATH: '/nowhere' }
    expect(await ensureKernel({ ...fake.choice, environment, signal })).toEqual(kernel)
    expect(await fake.builds()).toBe(1)
  })

  it('never shows more than the whole, however much make has to say', async () => {
    const chatter = '@for i in $$(seq 3000); do echo "  CC      $$i.o"; done'
    await using fake = await FakeKernel.make({ makefile: makefileWith('@echo built', `${chatter}\n\t@echo built`) })
    const done: number[] = []
    await ensureKernel({ ...fake.choice, signal, onProgress: step => done.push(step.done) })
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(Math.max(...done)).toBe(1)
  })

  it('happens once for two that ask at the same time; the second shows that it waits', async () => {
    await using fake = await FakeKernel.make({ gated: true })
    const phases: string[] = []
    const first = ensureKernel({ ...fake.choice, signal })
    await until(async () => (await fake.builds()) === 1)
    const second = ensureKernel({ ...fake.choice, signal, onProgress: step => phases.push(step.phase) })
    await until(() => phases.length > 0)
    await fake.open()
    expect(await second).toEqual(await first)
    expect(phases).toEqual(['wait'])
    expect(await fake.builds()).toBe(1)
  })

  it('that was killed is taken over by one of those that wait, and what it left is removed', async () => {
    await using fake = await FakeKernel.make({ gated: true })
    const builder = execaNode(join(import.meta.dirname, 'build-kernel.ts'), [JSON.stringify(fake.choice)], {
      reject: false,
    })
    await until(async () => (await fake.builds()) === 1)
    const waiting = [1, 2, 3].map(() => ensureKernel({ ...fake.choice, signal }))
    await sleep(100)
    expect(await fake.builds()).toBe(1)
    builder.kill('SIGKILL')
    // Its make is still there, and has the lock until it notices that nobody listens.
    await until(async () => (await fake.builds()) === 2)
    await fake.open()
    const kernels = await Promise.all(waiting)
    expect(new Set(kernels.map(kernel => kernel.path)).size).toBe(1)
    expect(await fake.builds()).toBe(2)
    expect(await fake.kept()).toEqual([kernels[0]?.hash])
  })

  it('that is aborted leaves no process and no file', async () => {
    await using fake = await FakeKernel.make({
      gated: true,
      makefile: makefileWith('@echo built', `${BACKGROUND}\n\t@echo built`),
    })
    const controller = new AbortController()
    const build = ensureKernel({ ...fake.choice, signal: controller.signal })
    build.catch(() => {})
    await until(async () => (await fake.backgroundPid()) > 0)
    const pid = await fake.backgroundPid()
    controller.abort(new Error('enough'))
    await expect(build).rejects.toThrow('enough')
    expect(await fake.kept()).toEqual([])
    await until(async () => !(await isAlive(pid)))
  })

  it('can be given up while it waits for another', async () => {
    await using fake = await FakeKernel.make({ gated: true })
    const first = ensureKernel({ ...fake.choice, signal })
    await until(async () => (await fake.builds()) === 1)
    const controller = new AbortController()
    const second = ensureKernel({
      ...fake.choice,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    await expect(second).rejects.toThrow('enough')
    await fake.open()
    expect((await first).version).toBe('6.12.99')
  })

  it('is done again where the cache holds half of one', async () => {
    await using fake = await FakeKernel.make()
    const { hash } = await ensureKernel({ ...fake.choice, signal })
    await writeFile(join(fake.kernels, hash, 'stamp.json'), '{"kernel": "6.')
    expect((await ensureKernel({ ...fake.choice, signal })).version).toBe('6.12.99')
    expect(await fake.builds()).toBe(2)
  })

  it('that fails keeps its log, and nothing else', async () => {
    await using fake = await FakeKernel.make({ makeArguments: ['FLAGS=-no-such-flag'] })
    const error = await failure(ensureKernel({ ...fake.choice, signal }))
    const log = join(fake.kernels, `${(await readRecipe(fake.recipeFolder)).hash}.log`)
    expect(error).toMatchObject({
      code: 'KERNEL_BUILD',
      message: 'The lab kernel could not be built: make failed with status 2.',
    })
    expect(error.hint).toContain('no-such-flag')
    expect(error.hint).toContain(log)
    expect(await readFile(log, 'utf8')).toContain('LD      vmlinux.o')
    expect(await fake.kept()).toEqual([log.slice(fake.kernels.length + 1)])
  })

  it('in which an option was dropped fails, and names it', async () => {
    await using fake = await FakeKernel.make({ config: 'CONFIG_NET=y\nCONFIG_DROPPED=y\n' })
    const error = await failure(ensureKernel({ ...fake.choice, signal }))
    expect(error).toMatchObject({ code: 'KERNEL_CONFIG' })
    expect(error.message).toContain('CONFIG_DROPPED=y')
    expect(await fake.kept()).toEqual([])
  })

  it('names every tool and file that is missing, each with its package, and one command for all', async () => {
    await using fake = await FakeKernel.make()
    const environment = { ...fake.choice.environment, PATH: fake.folder }
    await writeFile(join(fake.folder, 'gcc'), '', { mode: 0o755 })
    const recipe = JSON.parse(await readFile(join(fake.recipeFolder, 'recipe.json'), 'utf8'))
    recipe.source.tarball = '/nowhere/linux.tar.xz'
    recipe.needs.push({ tool: 'bison', package: 'bison' })
    await writeFile(join(fake.recipeFolder, 'recipe.json'), JSON.stringify(recipe))
    const error = await failure(ensureKernel({ ...fake.choice, environment, signal }))
    expect(error).toMatchObject({ name: 'MissingError', code: 'MISSING_PACKAGES' })
    expect(error.message).toContain('flex (Debian package flex), bison (Debian package bison), /nowhere/linux.tar.xz')
    expect(error.message).not.toContain('gcc')
    expect(error.message).toContain('HANDWAVE_LINUX_SOURCE')
    expect(error.hint).toMatch(/^(sudo )?apt-get install --no-install-recommends flex bison linux-source-6\.12$/)
  })

  it('says how much disk it needs, and how much there is', async () => {
    await using fake = await FakeKernel.make({ diskMegabytes: 1e9 })
    const error = await failure(ensureKernel({ ...fake.choice, signal }))
    expect(error).toMatchObject({ name: 'MissingError', code: 'DISK_SPACE' })
    expect(error.message).toMatch(/takes 1000000\.0 GB .* has \d+\.\d GB free/)
    expect(error.hint).toContain('HANDWAVE_CACHE')
  })

  it('takes the source that HANDWAVE_LINUX_SOURCE names', async () => {
    await using fake = await FakeKernel.make({ tarball: 'linux-6.12.99.tar.xz' })
    const recipe = await readFile(join(fake.recipeFolder, 'recipe.json'), 'utf8')
    await writeFile(join(fake.recipeFolder, 'recipe.json'), recipe.replace('linux-6.12.99.tar.xz', 'absent.tar.xz'))
    const environment = { ...fake.choice.environment, HANDWAVE_LINUX_SOURCE: join(fake.folder, 'linux-6.12.99.tar.xz') }
    expect((await ensureKernel({ ...fake.choice, environment, signal })).version).toBe('6.12.99')
  })

  it('refuses another series, by the name of the file or by what is in it', async () => {
    await using fake = await FakeKernel.make({
      tarball: 'linux-6.13.tar.xz',
      makefile: makefileWith('PATCHLEVEL = 12', 'PATCHLEVEL = 11'),
    })
    const environment = { ...fake.choice.environment, HANDWAVE_LINUX_SOURCE: join(fake.folder, 'linux-6.13.tar.xz') }
    const byName = await failure(ensureKernel({ ...fake.choice, environment, signal }))
    expect(byName).toMatchObject({ name: 'UsageError', message: expect.stringContaining('holds Linux 6.13') })
    const byContent = await failure(ensureKernel({ ...fake.choice, signal }))
    expect(byContent).toMatchObject({ name: 'UsageError', message: expect.stringContaining('holds Linux 6.11') })
    expect(await fake.kept()).toEqual([])
  })

  it('refuses a cache folder in which Linux does not build', async () => {
    await using fake = await FakeKernel.make()
    const environment = { ...fake.choice.environment, HANDWAVE_CACHE: join(fake.folder, 'my cache') }
    expect(await failure(ensureKernel({ ...fake.choice, environment, signal }))).toMatchObject({ code: 'CACHE_FOLDER' })
  })
})

async function failure(work: Promise<unknown>): Promise<HandwaveError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof HandwaveError) return error
  throw new Error('This should have failed with an error of our own.', { cause: error })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(10_000)
  while (!(await condition())) {
    limit.throwIfAborted()
    await sleep(10)
  }
}

/** A process that has ended and waits to be collected is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  return await access(`/proc/${pid}`).then(
    async () => !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: Z')),
    () => false,
  )
}
