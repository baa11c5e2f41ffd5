import { fileURLToPath } from 'node:url'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fromPlainError, HandwaveError, MissingError, UsageError } from '../errors.ts'
import { RunningKernel } from '../testbed/kernel/boot.ts'
import { LAUNCHER } from '../lab/inside-request.ts'
import type { GradeLine, GradeRequest } from './work.ts'
import type { PartResult } from './part-result.ts'
import { type Bark, Watchdog } from './watchdog.ts'

export interface GradeSome {
  readonly request: GradeRequest
  readonly processor: number
  readonly onPart: (submission: number, result: PartResult) => void
}

export interface GradeBootOptions extends GradeSome {
  /** The lab kernel's executable. */
  readonly kernel: string
  /** Where Node keeps what it has compiled. */
  readonly compileCache: string
  /** The folder in which the submissions are. */
  readonly submissions: string
  readonly signal: AbortSignal
}

/** How a boot ended that did not come to the end of its work: in the middle of this part, and why. */
export interface BrokenOff {
  readonly submission: number
  readonly part: string
  readonly reason: string
  /** Whether the program is known to be the cause. */
  readonly verdict: 'fail' | 'undecided'
}

const MOST_WALL_MS = 300_000
const LOOK_MS = 500

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Grades in one boot of the lab kernel, for as long as that lives. */
export async function gradeInBoot(options: GradeBootOptions): Promise<BrokenOff | null> {
  using hearing = new Hearing(options)
  await using kernel = await RunningKernel.boot({
    kernel: options.kernel,
    processor: options.processor,
    command: [process.execPath, '--v8-pool-size=0', LAUNCHER, 'grade-inside', JSON.stringify(options.request)],
    environment: {
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      NODE_COMPILE_CACHE: options.compileCache,
      NO_COLOR: '1',
      TMPDIR: '/run',
    },
    ...(process.getuid?.() === 0 ? confinedTo(options) : { writable: options.compileCache }),
    memoryMegabytes: 768,
    onLine: line => hearing.hear(line),
    signal: AbortSignal.any([options.signal, hearing.over]),
  })
  hearing.watch(() => kernel.cpuMs())
  const { code, signal, said } = await kernel.ended
  options.signal.throwIfAborted()
  return hearing.brokenOff(said, signal ?? `status ${code}`)
}

/** Started by root it would be root's: it gets nobody's rights, and sees what grading takes. */
function confinedTo({ compileCache, request, submissions }: GradeBootOptions) {
  const readable = [ROOT, ...modules(), process.execPath, compileCache, dirname(request.assignment), submissions]
  return { writable: null, confinement: { readable } }
}

/** A clone has its packages in itself, perhaps by a link; an installed package lies among those of others. */
function modules(): string[] {
  const folders = ROOT.split(sep).map((_, index, steps) => join(sep, ...steps.slice(0, index + 1), 'node_modules'))
  return folders.filter(existsSync).map(folder => realpathSync(folder))
}

/** Nobody who has handed something in can be the cause: of a host that was lost, which its testbed lacks, a program may be. */
function isOurs(error: HandwaveError): boolean {
  return error instanceof UsageError || error instanceof MissingError
}

/** What is heard from inside, and the watchdog that barks if it is nothing. */
export class Hearing implements Disposable {
  readonly #options: GradeSome
  readonly #watchdog: Watchdog
  readonly #over = new AbortController()
  #running: { submission: number; part: string } | null = null
  #isDone = false
  #bark: Bark | null = null
  #error: HandwaveError | null = null
  #looks: NodeJS.Timeout | undefined

  constructor(options: GradeSome, mostWallMs = MOST_WALL_MS) {
    this.#options = options
    this.#watchdog = new Watchdog(mostWallMs)
  }

  watch(cpuMs: () => number): void {
    this.#looks = setInterval(() => {
      // What it has ended computes nothing more, and does not bark again.
      this.#bark ??= this.#watchdog.look(performance.now(), cpuMs())
      if (this.#bark) this.#end()
    }, LOOK_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looks)
  }

  get over(): AbortSignal {
    return this.#over.signal
  }

  hear(text: string): void {
    this.#watchdog.hears()
    const line = JSON.parse(text) as GradeLine | { relay: 'end' }
    if ('relay' in line) return this.#end()
    if (line.grade === 'started') {
      const { submission, part } = line
      this.#running = { submission, part }
      this.#watchdog.begins()
    } else if (line.grade === 'part') {
      this.#running = null
      this.#options.onPart(line.submission, line.result)
    } else if (line.grade !== 'beat') {
      if (line.grade === 'error') this.#error = fromPlainError(line.error)
      else if (line.grade === 'done') this.#isDone = true
      this.#end()
    }
  }

  brokenOff(said: readonly string[], how: string): BrokenOff | null {
    if (this.#isDone) return null
    if (!this.#running) {
      if (this.#error) throw this.#error
      throw new HandwaveError('GRADER', `The lab kernel ended (${how}) before anything was graded.`, {
        hint: ['The last that it said:', ...said.slice(-8)].join('\n'),
      })
    }
    if (this.#error && isOurs(this.#error)) throw this.#error
    return { ...this.#running, ...(this.#bark ?? { reason: this.#reason(said), verdict: 'undecided' }) }
  }

  #reason(said: readonly string[]): string {
    if (this.#error) return `It could not be marked: ${this.#error.message}`
    return `The kernel that it ran on came to an end: ${said.at(-1) ?? 'without a word'}.`
  }

  #end(): void {
    this.#over.abort()
  }
}
