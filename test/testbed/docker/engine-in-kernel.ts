import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { ensureHostFiles } from '../../../src/testbed/docker/debian-image.ts'
import { readHostRecipe } from '../../../src/testbed/docker/host-recipe.ts'
import { RunningKernel } from '../../../src/testbed/kernel/boot.ts'
import { ensureKernel } from '../../../src/testbed/kernel/build.ts'
import { compileCacheFolder } from '../../../src/testbed/kernel/cache.ts'
import type { GuestLine, GuestRequest } from './guest/protocol.ts'

export interface EngineRunOptions {
  readonly signal: AbortSignal
  /** Which of this machine's processors, counted round and round. */
  readonly processor?: number
  /** As they come. */
  readonly onLine?: (line: GuestLine) => void
}

export interface EngineRun {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command in a lab kernel in real time, beside Docker's daemon that has the host image: DOCKER_HOST leads there, and
 * this kernel has netem whatever the machine's own has. It sees this machine's files, and can write to /run and the compile cache.
 */
export async function runBesideEngine(command: readonly string[], options: EngineRunOptions): Promise<EngineRun> {
  const { signal, onLine = () => {}, processor = 0 } = options
  const kernel = await ensureKernel({ signal })
  const files = await ensureHostFiles(await readHostRecipe(), signal)
  const compileCache = compileCacheFolder()
  await mkdir(compileCache, { recursive: true })
  const image = await mkdtemp(join(tmpdir(), 'handwave-test-image-'))
  try {
    await execa('tar', ['-xf', files, '-C', image, '--exclude=./dev/*'])
    const lines: GuestLine[] = []
    let status: number | undefined
    await using running = await RunningKernel.boot({
      kernel: kernel.path,
      processor,
      time: 'real',
      memoryMegabytes: 2048,
      command: guestCommand({ image, command, folder: process.cwd() }),
      environment: {
        PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
        HOME: '/run',
        TMPDIR: '/run',
        NODE_COMPILE_CACHE: compileCache,
        DOCKER_HOST: 'unix:///run/docker.sock',
        // Its image cannot be had in here, and all ends with the kernel.
        TESTCONTAINERS_RYUK_DISABLED: 'true',
        NO_COLOR: '1',
      },
      writable: compileCache,
      onLine: text => {
        const told = JSON.parse(text) as GuestLine | { readonly relay: 'end'; readonly status: number }
        if ('relay' in told) status = told.status
        else {
          lines.push(told)
          onLine(told)
        }
      },
      signal,
    })
    const { said } = await running.ended
    const textOf = (from: GuestLine['from']) =>
      lines.flatMap(told => (told.from === from ? [`${told.line}\n`] : [])).join('')
    const [stdout, stderr] = [textOf('stdout'), textOf('stderr')]
    if (status === undefined) throw new Error(`The lab kernel ended before its command.\n${said.join('\n')}\n${stderr}`)
    return { status, stdout, stderr: `${stderr}${said.map(line => `${line}\n`).join('')}` }
  } finally {
    await rm(image, { recursive: true, force: true })
  }
}

function guestCommand(request: GuestRequest): string[] {
  const main = join(import.meta.dirname, 'guest/main.ts')
  return [process.execPath, '--conditions=handwave-source', '--v8-pool-size=0', main, JSON.stringify(request)]
}
