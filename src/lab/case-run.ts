import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { SniffOptions } from '../host/sniffer.ts'
import { slowestMs } from '../host/slowest.ts'
import { isOver, never, theLabIsOver, untilOver } from '../host/until-over.ts'
import type { LadderMatch, RowMatch } from '../ladder/verdict.ts'
import type { OnAgentEvent, Testbed, TestbedHost } from '../testbed/testbed.ts'
import { CLIENT, peersOf, SERVER } from './hosts.ts'
import { Pictures } from './pictures.ts'
import type { Capture } from './capture.ts'
import { parseDuration } from './duration.ts'
import { lostRows } from './faults.ts'
import { floodPlan, WHERE } from './flood-plan.ts'
import type { LinkChanges } from './inside-request.ts'
import type { Mishap } from './judge.ts'
import { Lateness } from './lateness.ts'
import type { LabSpec } from './lab.ts'
import { Observer } from './observer.ts'
import { PictureDiffers, whatWentWrong } from './play-errors.ts'
import { HostNews } from './host-news.ts'
import { type Stage, StageHost } from './stage.ts'
import { StageWire } from './stage-wire.ts'
import { sleepToTheStart } from './start.ts'
import { hasLanded, prospectsOf, waitText } from './prospects.ts'
import { type State, StoodStill, Watch } from './watch.ts'
import { playFor, playIsOver, whosePlay } from './whose-play.ts'

const DEFAULT_PATIENCE = '5m'
const MOST_ATTEMPTS = 20

/** How far a run has come: for whoever looks on. */
interface CaseProgress {
  /** How many of the picture's rows have come true. */
  readonly done: number
  readonly rows: number
  /** What was seen last, in one line. */
  readonly last: string
}

export interface CaseRunOptions {
  readonly signal: AbortSignal
  readonly changes: LinkChanges
  /** Whether the result is to bring the packets. */
  readonly packets: boolean
  /** Null where nobody looks on. */
  readonly onProgress: ((progress: CaseProgress) => void) | null
  /** Called when nothing happens, and it goes on only because something may. */
  readonly onWait: (sentence: string) => void
  /** Called before the first packet of a flood. */
  readonly onPlan: (lines: readonly string[]) => void
}

export interface Outcome {
  readonly match: LadderMatch
  readonly evidence: Evidence
  readonly capture: Capture | null
  readonly mishaps: readonly Mishap[]
  /** That the play was late, where a kernel's timers do not wait for it. */
  readonly late: string | null
  readonly labMs: number
}

/** One case from its first segment to its last row, on hosts that are there. */
export class CaseRun {
  readonly #spec: LabSpec
  readonly #pictures: Pictures
  readonly #options: CaseRunOptions
  readonly #observer = new Observer()
  readonly #over = new AbortController()
  readonly #news = new Map<string, HostNews>()
  #watch: Watch | undefined
  #lateness: Lateness | null = null
  /** How many rows were told of as done. */
  #told = -1
  #isPlaying = true
  #hasStoodStill = false
  /** What the play waits for in the picture. */
  readonly #rowsAwaited: number[] = []
  #awaited: string | undefined

  constructor(spec: LabSpec, options: CaseRunOptions) {
    this.#spec = spec
    this.#pictures = new Pictures(spec)
    this.#options = options
  }

  readonly onEvent: OnAgentEvent = (host, event) => {
    const isNews = this.#observer.take(host, event)
    this.#newsOf(host).take(event)
    if (isNews) this.#watch?.news()
  }

  async play(testbed: Testbed): Promise<Outcome> {
    this.#observer.observe(testbed, this.#slowestMs(testbed))
    const startSniffing = this.#startSniffing(testbed)
    await startSniffing.before
    await this.#loseByChance(testbed)
    if (testbed.time === 'virtual') sleepToTheStart()
    const patience = parseDuration(this.#spec.within ?? DEFAULT_PATIENCE)
    const canHappen = (state: State) => this.#canHappen(testbed, state, patience)
    using watch = new Watch(this.#observer, testbed.time, evidence => this.#look(evidence), patience, canHappen)
    this.#watch = watch
    using lateness = testbed.time === 'real' ? new Lateness() : null
    this.#lateness = lateness
    const watched = (host: TestbedHost): TestbedHost => {
      const agent = untilOver(host.agent, this.#over)
      return { ...host, agent: lateness ? lateness.watch(agent) : agent }
    }
    const wire = new StageWire(watched(testbed.wire), watch, this.#observer, () => this.#context(testbed, watch))
    const hosts = testbed.endpoints.map(watched)
    const startedMs = performance.now()
    startSniffing.later()
    const signal = testbed.lost ? AbortSignal.any([this.#options.signal, testbed.lost]) : this.#options.signal
    const mishaps = await this.#followThePlay(this.#stage({ ...testbed, endpoints: hosts }, watch, wire), watch, signal)
    const late = lateness?.sentence ?? null
    const evidence = await this.#settled(watch)
    const missed = wire.missed(evidence).map(sentence => ({ verdict: 'fail', sentence }) as const)
    const labMs = performance.now() - startedMs
    const match = this.#match(evidence, true)
    // Nothing has waited since the evidence was made: the capture is of the same packets.
    const capture = this.#options.packets ? this.#observer.capture(match) : null
    return { match, evidence, capture, mishaps: [...mishaps, ...missed], late, labMs }
  }

  #playAwaits(): string[] {
    const rows = this.#rowsAwaited.map(n => `row ${n}`)
    return [...rows, ...[...this.#news.values()].flatMap(news => news.awaited)]
  }

  async #canHappen(testbed: Testbed, state: State, patienceMs: number): Promise<boolean> {
    const prospects = await prospectsOf(state, {
      hosts: testbed.endpoints,
      slowestMs: this.#slowestMs(testbed),
      play: this.#isPlaying ? { awaits: this.#playAwaits() } : null,
      programsAt: [...this.#news].flatMap(([host, { hasProgram }]) => (hasProgram ? [host] : [])),
    })
    const awaited = [...new Set(prospects.map(({ what }) => what))].join(', ')
    if (awaited !== this.#awaited && awaited !== '') this.#options.onWait(waitText(prospects, patienceMs))
    this.#awaited = awaited
    return prospects.length > 0
  }

  #slowestMs({ endpoints }: Testbed): number {
    const names = endpoints.map(({ place }) => place.name)
    return slowestMs({ ...this.#spec.link, ...this.#options.changes.link }, names)
  }

  /** Evidence of a moment at which nothing is under way, and the counters of the same moment. */
  async #settled(watch: Watch): Promise<Evidence> {
    for (let attempt = 1; ; attempt++) {
      const before = await watch
        .until(({ evidence }) => (hasLanded(evidence) ? evidence : undefined))
        .catch(ignoreStoodStill)
      await this.#observer.readCounters(host => Object.keys(this.#spec.foretold?.[host]?.counters ?? {}))
      this.#observer.readTrace()
      const evidence = this.#observer.evidence(true)
      // Whatever came while the counters were read may be in them or not. A lab that never comes to rest is taken as it is.
      const isAtRest = hasLanded(evidence) && evidence.segments.length === before?.segments.length
      if (isAtRest || attempt === MOST_ATTEMPTS) return evidence
    }
  }

  /** The play, and then the picture to its last row. What went wrong on the way is told in sentences. */
  async #followThePlay(stage: Stage, watch: Watch, signal: AbortSignal): Promise<Mishap[]> {
    const playing = Promise.resolve(playFor(this, () => this.#spec.play(stage))).finally(() => {
      this.#isPlaying = false
    })
    const differs = watch.until(({ match }) => match.firstFailure ?? undefined)
    const comesTrue = playing.then(() => watch.until(({ match }) => match.isOver || undefined))
    using interrupted = interruptedBy(signal)
    try {
      await Promise.race([comesTrue, differs, interrupted.promise])
      return []
    } catch (error) {
      this.#hasStoodStill = error instanceof StoodStill
      return whatWentWrong(error, this.#isPlaying, this.#playAwaits(), signal)
    } finally {
      playIsOver()
      this.#over.abort(theLabIsOver())
      for (const promise of [differs, comesTrue]) promise.catch(() => {})
    }
  }

  #stage(testbed: Testbed, watch: Watch, wire: StageWire): Stage {
    const hosts = new Map(
      testbed.endpoints.map(host => [host.place.name, new StageHost(host, this.#newsOf(host.place.name))]),
    )
    const host = (name: string): StageHost => {
      const found = hosts.get(name)
      if (found) return found
      throw new UsageError('NO_SUCH_HOST', `The lab has no host named ${name}.`, {
        hint: `Its hosts are ${[...hosts.keys()].join(', ')}. More: hosts: ['${name}'].`,
      })
    }
    return {
      client: host(CLIENT),
      server: host(SERVER),
      host,
      wire,
      flood: () => this.#flood(testbed, host),
      wait: async duration => {
        if (this.#over.signal.aborted) return await never()
        const ms = parseDuration(duration)
        watch.expectQuiet(ms)
        const startedMs = performance.now()
        await sleep(ms, undefined, { signal: this.#over.signal })
        this.#lateness?.overslept(performance.now() - startedMs - ms)
      },
      ladder: { lost: lostRows(this.#pictures.first), row: n => this.#row(n, watch) },
    }
  }

  async #flood(testbed: Testbed, host: (name: string) => StageHost): Promise<void> {
    const { flood } = this.#spec
    if (!flood)
      throw new UsageError('FLOOD', "The play floods, and the lab does not say how: flood: { from: 'attacker', … }.")
    const places = testbed.endpoints.map(({ place }) => place)
    this.#options.onPlan(floodPlan(flood, places, host(flood.to).port, WHERE[testbed.kind]))
    await host(flood.from).send(flood, host(flood.to))
  }

  async #row(n: number, watch: Watch): Promise<void> {
    if (this.#over.signal.aborted) return await never()
    this.#rowsAwaited.push(n)
    await this.#untilRow(n, watch)
    this.#rowsAwaited.splice(this.#rowsAwaited.indexOf(n), 1)
  }

  async #untilRow(n: number, watch: Watch): Promise<void> {
    const askedMs = performance.now()
    const lateMs = await watch.until(({ match, evidence }) => {
      const rows = match.rows.filter(row => row.n === n)
      if (rows.length === 0) throw new UsageError('NO_SUCH_ROW', `The ladder has no row ${n}.`)
      if (match.firstFailure) throw new PictureDiffers('PICTURE', match.firstFailure.reason)
      // What nobody has seen nobody will.
      if (!rows.every(({ verdict }) => verdict === 'ok' || verdict === 'unseen')) return undefined
      return (evidence.untilMs ?? 0) - Math.max(...rows.map(toldByMs))
    })
    this.#lateness?.sawRow(Math.min(lateMs, performance.now() - askedMs))
  }

  #context(testbed: Testbed, watch: Watch) {
    const addresses = Object.fromEntries(testbed.endpoints.map(({ place }) => [place.name, place.address]))
    const { match } = watch.now()
    return { ladder: match.ladder, match, peers: peersOf(match.ladder, Object.keys(addresses)), addresses }
  }

  #startSniffing(testbed: Testbed): { before: Promise<unknown>; later: () => void } {
    const hosts = [testbed.wire, ...testbed.endpoints].map(host => ({
      host,
      given: this.#spec.sniffers?.[host.place.name],
    }))
    const start = ({ host, given }: (typeof hosts)[number]) => host.agent.sniff(sniffOptions(given?.receiveBufferBytes))
    return {
      before: Promise.all(hosts.filter(({ given }) => given?.startsAfter === undefined).map(start)),
      later: () => {
        for (const late of hosts.filter(({ given }) => given?.startsAfter !== undefined)) {
          setTimeout(() => start(late).catch(() => {}), parseDuration(late.given?.startsAfter ?? '0ms')).unref()
        }
      },
    }
  }

  async #loseByChance(testbed: Testbed): Promise<void> {
    const { loss } = this.#options.changes
    if (!loss) return
    const addresses = testbed.endpoints.map(({ place }) => place.address)
    const directions = addresses.flatMap(from => addresses.filter(to => to !== from).map(to => ({ from, to })))
    await testbed.wire.agent.loseAtRandom({ ...loss, directions })
  }

  #look(evidence: Evidence): LadderMatch {
    const match = this.#match(evidence, false)
    const { onProgress } = this.#options
    const progress = onProgress && progressOf(match)
    if (progress && progress.done > this.#told) {
      this.#told = progress.done
      onProgress(progress)
    }
    return match
  }

  #match(evidence: Evidence, complete: boolean): LadderMatch {
    return this.#pictures.match(evidence, complete, this.#hasStoodStill)
  }

  #newsOf(host: string): HostNews {
    const known = this.#news.get(host)
    if (known) return known
    const news = new HostNews(this.#over.signal)
    this.#news.set(host, news)
    return news
  }
}

/** Rejects when the run is to end, and when a play has forgotten to wait for something that then failed. */
function interruptedBy(signal: AbortSignal): Disposable & { promise: Promise<never> } {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  const stop = () => reject(signal.reason)
  const fail = (reason: unknown) => {
    if (!isOver(reason) && whosePlay() !== 'an earlier play') reject(reason)
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  process.on('unhandledRejection', fail)
  process.on('uncaughtException', fail)
  return {
    promise,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', stop)
      process.off('unhandledRejection', fail)
      process.off('uncaughtException', fail)
    },
  }
}

/** When witnesses heard of it at the latest. What only timers do nobody hears, and it is found when somebody looks. */
function toldByMs({ segment, tMs, arrivedMs }: RowMatch): number {
  return segment === null ? Number.POSITIVE_INFINITY : Math.max(tMs ?? 0, arrivedMs ?? 0)
}

function progressOf({ rows }: LadderMatch): CaseProgress {
  const done = rows.findLastIndex(({ verdict }) => verdict === 'ok')
  return { done: done + 1, rows: rows.length, last: rows[done]?.observed ?? '' }
}

function ignoreStoodStill(error: unknown): undefined {
  if (!(error instanceof StoodStill)) throw error
}

function sniffOptions(receiveBufferBytes: number | undefined): SniffOptions {
  return receiveBufferBytes === undefined ? {} : { receiveBufferBytes }
}
