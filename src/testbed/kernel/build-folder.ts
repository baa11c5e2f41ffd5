import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { HandwaveError } from '../../errors.ts'
import type { KernelShelf, LabKernel, Stamp } from './cache.ts'
import { requireOptions } from './config.ts'
import { ProgramError, runProgram } from './program.ts'
import type { BuildMeter } from './progress.ts'
import type { Recipe } from './recipe.ts'
import { requireSeries } from './requirements.ts'

export interface BuildOptions {
  readonly recipe: Recipe
  readonly shelf: KernelShelf
  readonly tarball: string
  readonly environment: NodeJS.ProcessEnv
  readonly meter: BuildMeter
  readonly signal: AbortSignal
  /** The lock's: whoever of the build outlives us still holds it. */
  readonly descriptor: number
}

/** A line of make that stands for one thing made. */
const MADE = /^ {2}(?:CC|AR|LD|AS|HOSTCC|HOSTLD) /
const LINKING = /^ {2}LD +vmlinux\.o$/
/** So many of tar's records of 10 kB make a step. */
const RECORDS_A_STEP = 1000
const LAST_LINES = 15

/** The folder in which a kernel comes about; with it goes everything that was not delivered. */
export class BuildFolder implements AsyncDisposable {
  readonly #options: BuildOptions
  readonly #folder: string
  readonly #log: string[] = []
  #sourceSha256 = ''

  /** Only the holder of the lock builds: whatever other build folder is there was left by the dead. */
  static async make(options: BuildOptions): Promise<BuildFolder> {
    const { folder } = options.shelf
    const leftovers = (await readdir(folder)).filter(name => name.includes('.build-'))
    for (const name of leftovers) await remove(join(folder, name))
    const own = join(folder, `${options.recipe.hash}.build-${process.pid}-${randomBytes(4).toString('hex')}`)
    await mkdir(join(own, 'tree'), { recursive: true })
    await mkdir(join(own, 'result'))
    return new BuildFolder(own, options)
  }

  private constructor(folder: string, options: BuildOptions) {
    this.#folder = folder
    this.#options = options
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.#folder)
  }

  get #tree(): string {
    return join(this.#folder, 'tree')
  }

  async build(): Promise<void> {
    try {
      await this.#unpack()
      await this.#configure()
      await this.#compile()
    } catch (error) {
      if (error instanceof ProgramError) throw await this.#explain(error)
      throw error
    }
  }

  /** Puts the kernel and its stamp into their place, both or neither. */
  async deliver(seconds: number): Promise<LabKernel> {
    const { recipe, shelf, meter, signal } = this.#options
    const result = join(this.#folder, 'result')
    const kernel = join(result, 'linux')
    await copyFile(join(this.#tree, 'linux'), kernel)
    const version = (await execa(kernel, ['--version'], { cancelSignal: signal })).stdout.trim()
    const stamp: Stamp = {
      kernel: version,
      sourceSha256: this.#sourceSha256,
      builtAt: new Date().toISOString(),
      seconds: Math.round(seconds),
    }
    await writeFile(join(result, 'stamp.json'), `${JSON.stringify(stamp, null, 2)}\n`)
    await Promise.all([settle(kernel), settle(join(result, 'stamp.json'))])
    signal.throwIfAborted()
    // What may be there was found not to be whole.
    await remove(shelf.kernelFolder(recipe.hash))
    await rename(result, shelf.kernelFolder(recipe.hash))
    await rm(shelf.logFile(recipe.hash), { force: true })
    meter.finish()
    return { path: shelf.kernelPath(recipe.hash), version, hash: recipe.hash }
  }

  async #unpack(): Promise<void> {
    const { tarball, recipe, meter, signal } = this.#options
    meter.enter('unpack')
    const checkpoint = [`--checkpoint=${RECORDS_A_STEP}`, '--checkpoint-action=echo=%u']
    const unpacking = ['--extract', `--file=${tarball}`, '--strip-components=1', '--no-same-owner', ...checkpoint]
    const hash = createHash('sha256')
    await Promise.all([
      this.#run('tar', unpacking, line => {
        if (/^tar: \d+$/.test(line)) meter.step()
      }),
      pipeline(createReadStream(tarball, { highWaterMark: 1 << 20 }), hash, { signal }),
    ])
    this.#sourceSha256 = hash.digest('hex')
    requireSeries(await this.#readTree('Makefile'), tarball, recipe)
  }

  async #configure(): Promise<void> {
    const { recipe, meter } = this.#options
    meter.enter('configure')
    const step = () => meter.step()
    await this.#run('patch', ['--strip=1', '--batch', '--forward', '--fuzz=0', `--input=${recipe.patchFile}`], step)
    await this.#run('make', [...recipe.make, `KCONFIG_ALLCONFIG=${recipe.configFile}`, 'allnoconfig'], step)
    requireOptions(await readFile(recipe.configFile, 'utf8'), await this.#readTree('.config'))
  }

  async #compile(): Promise<void> {
    const { recipe, meter } = this.#options
    meter.enter('compile')
    await this.#run('make', [...recipe.make, `-j${availableParallelism()}`, 'linux'], line => {
      if (LINKING.test(line)) meter.enter('link')
      if (MADE.test(line)) meter.step()
    })
    await this.#run('strip', ['linux'])
  }

  async #run(program: string, args: readonly string[], onLine: (line: string) => void = () => {}): Promise<void> {
    const { environment, descriptor, signal } = this.#options
    await runProgram(program, args, {
      folder: this.#tree,
      // Nothing else: CFLAGS, ARCH or MAKEFLAGS of somebody's shell would make another kernel.
      environment: { PATH: environment['PATH'] ?? '', HOME: this.#folder, LC_ALL: 'C' },
      descriptor,
      signal,
      onLine: line => {
        this.#log.push(line)
        onLine(line)
      },
    })
  }

  async #readTree(name: string): Promise<string> {
    return await readFile(join(this.#tree, name), 'utf8')
  }

  /** The error with the log's last lines; the whole log is kept in the cache. */
  async #explain(cause: ProgramError): Promise<HandwaveError> {
    const { shelf, recipe } = this.#options
    const file = shelf.logFile(recipe.hash)
    await writeFile(file, this.#log.map(line => `${line}\n`).join(''))
    const last = this.#log.slice(-LAST_LINES).map(line => `  ${line}`)
    return new HandwaveError('KERNEL_BUILD', `The lab kernel could not be built: ${cause.message}.`, {
      hint: ['The last that it said:', ...last, `The whole log: ${file}`].join('\n'),
      cause,
    })
  }
}

/** A program that was just killed may still be making a file or two. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

/** Onto the disk before the rename, so that a power cut leaves no half of it in place. */
async function settle(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.datasync()
}
