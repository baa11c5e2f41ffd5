import { performance } from 'node:perf_hooks'
import { fromPlainError, HandwaveError } from '../errors.ts'
import type { Runner, RunnerEnd } from '../testbed/runner.ts'
import type { KeptHost, RelayLine } from './relay.ts'
import { type LabResult, undecided } from './result.ts'

/** What the process outside does with what the runner inside tells. */
export interface OutsideOptions {
  /** What it is called in a sentence. */
  readonly runner: string
  readonly signal: AbortSignal
  /** How long it may say nothing. Only a program that spins is silent for long. */
  readonly watchdogMs: number
  readonly onStarted: (lab: LabName) => void
  readonly onOpened?: () => void
  /** A flood is about to be sent: who, to whom, how many, how fast, for how long, where. */
  readonly onPlan?: (lines: readonly string[]) => void
  readonly onProgress: (lab: LabName, progress: Omit<Extract<RelayLine, { relay: 'progress' }>, 'relay'>) => void
  /** Nothing happens, and it waits for something all the same. */
  readonly onWait?: (lab: LabName, sentence: string) => void
  /** Hosts were kept: resolves when they are to go. */
  readonly onKept: (hosts: readonly KeptHost[]) => Promise<void>
  /** What their sockets are, at once and when it changes. */
  readonly onSockets?: (hosts: readonly KeptHost[]) => void
  readonly onResult: (result: TimedResult) => void
  /** What it had to say besides, once it has ended: it speaks only when something is wrong. */
  readonly onSaid: (said: readonly string[]) => void
}

export interface LabName {
  readonly id: string
  readonly case: string | null
}

export interface TimedResult extends LabResult {
  /** What the lab took on the wall's clock, hosts and all. */
  readonly wallMs: number
  /** Which boot of the kernel it ran on. */
  readonly boot: string
}

export interface LabsRun {
  readonly kernel: string
  readonly boot: string
  /** Of those that it has come to the end of. */
  readonly results: readonly TimedResult[]
  /** Why it has not come to the end of all; null where it has, or where a result says it. */
  readonly error: Error | null
}

type Start = (told: { onLine: (line: string) => void; signal: AbortSignal }) => Promise<Runner>

/** Starts a runner, has it run its labs, and watches the clock on the wall. */
export async function runOutside(options: OutsideOptions, start: Start): Promise<LabsRun> {
  using relay = new Relay(options)
  try {
    const end = await toItsEnd(relay, options.signal, start)
    options.signal.throwIfAborted()
    return relay.finish(end)
  } catch (error) {
    return relay.giveUp(options.signal.aborted ? options.signal.reason : error)
  }
}

async function toItsEnd(relay: Relay, signal: AbortSignal, start: Start): Promise<RunnerEnd> {
  const over = new AbortController()
  await using runner = await start({
    onLine: line => relay.hear(line),
    signal: AbortSignal.any([signal, over.signal]),
  })
  relay.onOver = () => over.abort()
  return await runner.ended
}

class Relay implements Disposable {
  onOver: () => void = () => {}
  readonly #options: OutsideOptions
  readonly #results: TimedResult[] = []
  #booted: Extract<RelayLine, { relay: 'booted' }> | undefined
  #running: { lab: Extract<RelayLine, { relay: 'started' }>; since: number } | undefined
  #error: Extract<RelayLine, { relay: 'error' }> | undefined
  #status: number | undefined
  #isDone = false
  #isKept = false
  #barked = false
  #watchdog: NodeJS.Timeout

  constructor(options: OutsideOptions) {
    this.#options = options
    this.#watchdog = this.#watch()
  }

  hear(text: string): void {
    clearTimeout(this.#watchdog)
    this.#watchdog = this.#watch()
    const line = readLine(text)
    if (line === null) return
    if (line.relay === 'booted') this.#booted = line
    else if (line.relay === 'error') this.#error = line
    else if (line.relay === 'result') this.#finished(line.result)
    else if (line.relay === 'opened') this.#options.onOpened?.()
    else if (line.relay === 'progress') this.#progressed(line)
    else if (line.relay === 'waits') this.#options.onWait?.(this.#lab, line.sentence)
    else if (line.relay === 'plan') this.#options.onPlan?.(line.lines)
    else if (line.relay === 'kept') void this.#kept(line.hosts)
    else if (line.relay === 'started') {
      this.#running = { lab: line, since: performance.now() }
      this.#options.onStarted({ id: line.id, case: line.case })
    } else if (line.relay !== 'alive') {
      if (line.relay === 'done') this.#isDone = true
      else this.#status = line.status
      this.onOver()
    }
  }

  #progressed(progress: Extract<RelayLine, { relay: 'progress' }>): void {
    this.#options.onProgress(this.#lab, progress)
  }

  get #lab(): LabName {
    const { id, case: name } = this.#running?.lab ?? { id: '', case: null }
    return { id, case: name }
  }

  async #kept(hosts: readonly KeptHost[]): Promise<void> {
    this.#options.onSockets?.(hosts)
    if (this.#isKept) return
    this.#isKept = true
    await this.#options.onKept(hosts)
    this.#isDone = true
    this.onOver()
  }

  /** The watchdog would keep this process alive for as long as it may wait. */
  [Symbol.dispose](): void {
    clearTimeout(this.#watchdog)
  }

  finish(end: RunnerEnd): LabsRun {
    if (this.#error) throw fromPlainError(this.#error)
    const mishap = this.#mishap(end)
    if (mishap !== null) this.#endRunning(mishap, end)
    if (end.said.length > 0) this.#options.onSaid(end.said)
    return this.#run(null)
  }

  /** What has been finished stays so. */
  giveUp(error: unknown): LabsRun {
    return this.#run(error instanceof Error ? error : new Error(String(error)))
  }

  #run(error: Error | null): LabsRun {
    return { kernel: this.#booted?.kernel ?? '', boot: this.#booted?.boot ?? '', results: this.#results, error }
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
  #mishap({ code, signal, said }: RunnerEnd): string | null {
    const memory = said.find(line => line.includes('Out of memory'))
    if (memory !== undefined) return `${capital(this.#options.runner)} ran out of memory: ${memory}.`
    if (this.#barked) {
      const seconds = Math.round(this.#options.watchdogMs / 1000)
      return `The watchdog ended ${this.#options.runner}: not a word for ${seconds} s. A program in it spins or hangs.`
    }
    if (this.#isDone) return null
    if (this.#status !== undefined) {
      return `The runner in the lab kernel ended before its labs did (status ${this.#status}): a play may have called process.exit.`
    }
    const how = signal ?? `status ${code}: a play may have called process.exit`
    return `${capital(this.#options.runner)} ended by itself (${how}): ${said.at(-1) ?? 'it said nothing'}.`
  }

  #endRunning(reason: string, { said }: RunnerEnd): void {
    if (!this.#running) {
      throw new HandwaveError('RUNNER', reason, { hint: ['The last that it said:', ...said.slice(-8)].join('\n') })
    }
    const { id, case: name, title } = this.#running.lab
    this.#finished(undecided(id, name, title, reason))
  }
}

/** Of a runner that is killed the last line may be half a line. */
function readLine(text: string): RelayLine | null {
  try {
    return JSON.parse(text) as RelayLine
  } catch {
    return null
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
