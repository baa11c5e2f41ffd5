import { mkdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { HandwaveError, MissingError, UsageError } from '../errors.ts'
import { type KernelEnd, RunningKernel } from '../testbed/kernel/boot.ts'
import type { Wanted } from './catalogue.ts'
import type { RelayLine } from './relay.ts'
import type { LabResult } from './result.ts'

const LAUNCHER = fileURLToPath(new URL('../../bin/handwave.mjs', import.meta.url))

export interface KernelRunOptions {
  /** The lab kernel's executable. */
  readonly kernel: string
  readonly wanted: readonly Wanted[]
  /** Where Node keeps what it has compiled, so that no guest compiles it again. */
  readonly compileCache: string
  readonly signal: AbortSignal
  /** How long the kernel may say nothing. Only a program that spins is silent for long. */
  readonly watchdogMs: number
  readonly onStarted: (lab: { readonly id: string; readonly case: string | null }) => void
  readonly onResult: (result: TimedResult) => void
  /** What the kernel itself had to say, once it has ended: it speaks only when something is wrong. */
  readonly onSaid: (said: readonly string[]) => void
}

export interface TimedResult extends LabResult {
  /** What the lab took on the wall's clock, hosts and all. */
  readonly wallMs: number
  /** Which boot of the kernel it ran on. */
  readonly boot: string
}

export interface KernelRun {
  readonly kernel: string
  readonly boot: string
  readonly results: readonly TimedResult[]
}

/** Boots a lab kernel, has the labs run in it, and watches the clock on the wall. */
export async function runOnKernel(options: KernelRunOptions): Promise<KernelRun> {
  for (const { file } of options.wanted) requireVisible(file)
  await mkdir(options.compileCache, { recursive: true })
  using relay = new Relay(options)
  const ended = new AbortController()
  await using kernel = await RunningKernel.boot({
    kernel: options.kernel,
    // One processor, and threads that would only wait for each other.
    command: [process.execPath, '--v8-pool-size=0', LAUNCHER, 'inside', JSON.stringify(options.wanted)],
    environment: {
      // Debian keeps ip, nft and their like where a user's own path does not lead.
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      NODE_COMPILE_CACHE: options.compileCache,
      NO_COLOR: '1',
      TMPDIR: '/run',
    },
    writable: options.compileCache,
    onLine: line => relay.hear(line),
    signal: AbortSignal.any([options.signal, ended.signal]),
  })
  relay.onOver = () => ended.abort()
  const end = await kernel.ended
  options.signal.throwIfAborted()
  return relay.finish(end)
}

/** The lab kernel mounts its own over these: what this machine has there cannot be seen from inside. */
const HIDDEN_FOLDERS = ['/run/', '/proc/', '/sys/', '/dev/']

function requireVisible(file: string): void {
  const hidden = HIDDEN_FOLDERS.find(folder => file.startsWith(folder))
  if (hidden === undefined) return
  throw new UsageError(
    'HIDDEN_FILE',
    `${file} cannot be seen from inside the lab kernel, which has a ${hidden} of its own.`,
    {
      hint: 'Put the lab file somewhere else.',
    },
  )
}

class Relay implements Disposable {
  onOver: () => void = () => {}
  readonly #options: KernelRunOptions
  readonly #results: TimedResult[] = []
  #booted: Extract<RelayLine, { relay: 'booted' }> | undefined
  #running: { lab: Extract<RelayLine, { relay: 'started' }>; since: number } | undefined
  #error: Extract<RelayLine, { relay: 'error' }> | undefined
  #status: number | undefined
  #isDone = false
  #barked = false
  #watchdog: NodeJS.Timeout

  constructor(options: KernelRunOptions) {
    this.#options = options
    this.#watchdog = this.#watch()
  }

  hear(text: string): void {
    clearTimeout(this.#watchdog)
    this.#watchdog = this.#watch()
    const line = JSON.parse(text) as RelayLine
    if (line.relay === 'booted') this.#booted = line
    else if (line.relay === 'error') this.#error = line
    else if (line.relay === 'result') this.#finished(line.result)
    else if (line.relay === 'started') {
      this.#running = { lab: line, since: performance.now() }
      this.#options.onStarted({ id: line.id, case: line.case })
    } else {
      if (line.relay === 'done') this.#isDone = true
      else this.#status = line.status
      this.onOver()
    }
  }

  /** The watchdog would keep this process alive for as long as it may wait. */
  [Symbol.dispose](): void {
    clearTimeout(this.#watchdog)
  }

  finish(end: KernelEnd): KernelRun {
    if (this.#error) throw asError(this.#error)
    const mishap = this.#mishap(end)
    if (mishap !== null) this.#endRunning(mishap, end)
    if (end.said.length > 0) this.#options.onSaid(end.said)
    return { kernel: this.#booted?.kernel ?? '', boot: this.#booted?.boot ?? '', results: this.#results }
  }

  #watch(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#barked = true
      this.onOver()
    }, this.#options.watchdogMs)
  }

  #finished(result: LabResult): void {
    const wallMs = Math.round(performance.now() - (this.#running?.since ?? 0))
    const timed = { ...result, wallMs, boot: this.#booted?.boot ?? '' }
    this.#running = undefined
    this.#results.push(timed)
    this.#options.onResult(timed)
  }

  /** Why the kernel ended before its labs were done, or null. */
  #mishap({ code, signal, said }: KernelEnd): string | null {
    if (said.some(line => line.includes('Out of memory'))) {
      return `The lab kernel ran out of memory: ${said.find(line => line.includes('Out of memory'))}.`
    }
    if (this.#barked) {
      const seconds = Math.round(this.#options.watchdogMs / 1000)
      return `The watchdog ended the lab kernel: not a word for ${seconds} s. A program in it spins or hangs.`
    }
    if (this.#isDone) return null
    if (this.#status !== undefined) {
      return `The runner in the lab kernel ended before its labs did (status ${this.#status}): a play may have called process.exit.`
    }
    return `The lab kernel ended by itself (${signal ?? `status ${code}`}): ${said.at(-1) ?? 'it said nothing'}.`
  }

  #endRunning(reason: string, { said }: KernelEnd): void {
    if (!this.#running) {
      throw new HandwaveError('KERNEL', reason, { hint: ['The last that it said:', ...said.slice(-8)].join('\n') })
    }
    const { id, case: name, title } = this.#running.lab
    this.#finished(undecided(id, name, title, reason))
  }
}

/** The result of a lab of which nothing is left but the reason. */
function undecided(id: string, name: string | null, title: string, reason: string): LabResult {
  return {
    id,
    case: name,
    title,
    verdict: 'inconclusive',
    reasons: [reason],
    labMs: 0,
    rows: [],
    picture: [],
    claims: [],
    edges: [],
    hosts: {},
    evidence: {
      hosts: {},
      segments: [],
      states: [],
      calls: [],
      readings: [],
      timers: [],
      counters: {},
      captureDrops: 0,
      gaps: [reason],
    },
  }
}

function asError({ name, code, message, hint, stack }: Extract<RelayLine, { relay: 'error' }>): HandwaveError {
  const options = { hint, cause: stack }
  if (name === 'UsageError' || name === 'LabFileError' || name === 'LadderError')
    return new UsageError(code, message, options)
  if (name === 'MissingError') return new MissingError(code, message, options)
  return new HandwaveError(code, message, options)
}
