import { HandwaveError, UsageError } from '../errors.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { SniffOptions } from '../host/ears.ts'
import { drawMatchLines } from '../ladder/draw.ts'
import type { Ladder } from '../ladder/ladder.ts'
import { type LadderMatch, matchLadder } from '../ladder/match.ts'
import { parseLadder } from '../ladder/parse.ts'
import type { OnAgentEvent, Testbed, TestbedRequest } from '../testbed/testbed.ts'
import { parseDuration } from './duration.ts'
import { findEdges } from '../evidence/edges.ts'
import { lostRows, patternOf } from './faults.ts'
import { decide, judgeClaims, type Mishap } from './judge.ts'
import type { LabCase, LabSpec } from './lab.ts'
import { Observer } from './observer.ts'
import type { LabResult, RowResult } from './result.ts'
import { SocketNews } from './socket-news.ts'
import { type Stage, StageHost } from './stage.ts'
import { StoodStill, Watch } from './watch.ts'

export type OpenTestbed = (request: TestbedRequest, onEvent: OnAgentEvent) => Promise<Testbed>

const PEERS = { left: 'client', right: 'server' }
const DEFAULT_PATIENCE = '5m'
const MOST_ATTEMPTS = 20

/** Runs one case from hosts that did not exist before to a verdict, which is told before they are taken away. */
export async function runCase(
  labCase: LabCase,
  openTestbed: OpenTestbed,
  tell: (result: LabResult) => void,
): Promise<void> {
  const { spec } = labCase
  const run = new CaseRun(spec)
  await using testbed = await openTestbed(requestOf(spec), run.onEvent)
  const { match, evidence, mishaps, labMs } = await run.play(testbed)
  const claims = judgeClaims(spec.claims, evidence, match)
  tell({
    id: labCase.id,
    case: labCase.name,
    title: spec.title,
    ...decide(match, claims, evidence, mishaps),
    labMs,
    rows: match.rows.map(toRowResult),
    picture: drawMatchLines(match),
    claims,
    edges: findEdges(evidence),
    hosts: Object.fromEntries(
      [testbed.wire, ...testbed.endpoints].map(({ place, pid, networkNamespace, sysctls }) => [
        place.name,
        { address: place.address, pid, networkNamespace, sysctls },
      ]),
    ),
    evidence,
  })
}

interface Outcome {
  readonly match: LadderMatch
  readonly evidence: Evidence
  readonly mishaps: readonly Mishap[]
  readonly labMs: number
}

class CaseRun {
  readonly #spec: LabSpec
  readonly #ladder: Ladder
  readonly #observer = new Observer()
  readonly #over = new AbortController()
  readonly #news = new Map<string, SocketNews>()
  #watch: Watch | undefined
  #faults = 0

  constructor(spec: LabSpec) {
    this.#spec = spec
    this.#ladder = parseLadder(spec.ladder)
  }

  readonly onEvent: OnAgentEvent = (host, event) => {
    this.#observer.take(host, event)
    this.#newsOf(host).take(event)
    this.#watch?.news()
  }

  async play(testbed: Testbed): Promise<Outcome> {
    const startSniffing = this.#startSniffing(testbed)
    await startSniffing.before
    if (testbed.time === 'virtual') sleepToTheStart()
    const patience = parseDuration(this.#spec.within ?? DEFAULT_PATIENCE)
    using watch = new Watch(this.#observer, testbed, evidence => this.#match(evidence, false), patience)
    this.#watch = watch
    const startedMs = performance.now()
    startSniffing.later()
    const mishaps = await this.#followThePlay(testbed, watch)
    const evidence = await this.#settled(testbed, watch)
    mishaps.push(...this.#missedFaults(evidence))
    return { match: this.#match(evidence, true), evidence, mishaps, labMs: performance.now() - startedMs }
  }

  /** Each fault loses one segment. One that did not leaves the lab unproved. */
  #missedFaults({ segments }: Evidence): Mishap[] {
    const happened = segments.filter(({ lost }) => lost !== null).length
    if (happened >= this.#faults) return []
    return [{ verdict: 'fail', sentence: `The wire was to lose ${this.#faults} segments, and lost ${happened}.` }]
  }

  /** Evidence of a moment at which nothing is under way, and the counters of the same moment. */
  async #settled(testbed: Testbed, watch: Watch): Promise<Evidence> {
    for (let attempt = 1; ; attempt++) {
      await watch.until(({ evidence }) => hasLanded(evidence) || undefined).catch(ignoreStoodStill)
      await this.#observer.readCounters(testbed)
      const { evidence } = watch.now()
      // Listening out for the counters may have brought more. A lab that never comes to rest is taken as it is.
      if (hasLanded(evidence) || attempt === MOST_ATTEMPTS) return evidence
    }
  }

  /** The play, and then the picture to its last row. What went wrong on the way is told in sentences. */
  async #followThePlay(testbed: Testbed, watch: Watch): Promise<Mishap[]> {
    let isPlaying = true
    const playing = Promise.resolve(this.#spec.play(this.#stage(testbed, watch))).finally(() => {
      isPlaying = false
    })
    const { signal } = this.#over
    const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    stopped.catch(() => {})
    const differs = watch.until(({ match }) => match.firstFailure ?? undefined)
    const comesTrue = playing.then(() => watch.until(({ match }) => match.ok || undefined))
    try {
      await Promise.race([comesTrue, differs, stopped])
      return []
    } catch (error) {
      if (error instanceof UsageError) throw error
      if (error instanceof PictureDiffers) return []
      if (error instanceof StoodStill)
        return isPlaying ? [{ verdict: 'inconclusive', sentence: stillWaiting(error) }] : []
      if (error === signal.reason) return [{ verdict: 'inconclusive', sentence: describeError(error) }]
      return [{ verdict: 'fail', sentence: `The play failed: ${describeError(error)}` }]
    } finally {
      this.#over.abort(new HandwaveError('OVER', 'The lab is over.'))
      for (const promise of [differs, comesTrue]) promise.catch(() => {})
    }
  }

  #stage(testbed: Testbed, watch: Watch): Stage {
    const hosts = new Map(
      testbed.endpoints.map(host => [host.place.name, new StageHost(host, this.#newsOf(host.place.name))]),
    )
    const [client, server] = [PEERS.left, PEERS.right].map(name => hosts.get(name))
    if (!client || !server) throw new HandwaveError('TESTBED', 'The testbed gave no client or no server.')
    return {
      client,
      server,
      ladder: {
        lost: lostRows(this.#ladder),
        row: async n => {
          await watch.until(({ match }) => {
            const rows = match.rows.filter(row => row.n === n)
            if (rows.length === 0) throw new UsageError('NO_SUCH_ROW', `The ladder has no row ${n}.`)
            if (match.firstFailure) throw new PictureDiffers('PICTURE', match.firstFailure.reason)
            return rows.every(({ verdict }) => verdict === 'ok') || undefined
          })
        },
      },
      wire: {
        lose: async target => {
          const addresses = Object.fromEntries(testbed.endpoints.map(({ place }) => [place.name, place.address]))
          const context = { ladder: this.#ladder, match: watch.now().match, peers: PEERS, addresses }
          await testbed.wire.agent.lose(patternOf(target, context))
          this.#faults++
        },
      },
    }
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

  #match(evidence: Evidence, complete: boolean): LadderMatch {
    const { repeats = 'forbidden', departs = [] } = this.#spec
    return matchLadder(this.#ladder, evidence, { peers: PEERS, repeats, departs, complete })
  }

  #newsOf(host: string): SocketNews {
    const known = this.#news.get(host)
    if (known) return known
    const news = new SocketNews(this.#over.signal)
    this.#news.set(host, news)
    return news
  }
}

/** A play that waits for a row need wait no longer: the picture has already come out differently. */
class PictureDiffers extends HandwaveError {
  override readonly name = 'PictureDiffers'
}

function stillWaiting({ message }: StoodStill): string {
  return `The play still waited for something when the lab was ended. ${message}`
}

/** An error of a lab's own comes with the place in its file. */
function describeError(error: unknown): string {
  if (error instanceof HandwaveError) return error.message
  if (!(error instanceof Error)) return String(error)
  const place = /\(?(?:file:\/\/)?(\/[^\s()]+:\d+:\d+)\)?/.exec(
    error.stack?.split('\n    at ').slice(1).join(' ') ?? '',
  )?.[1]
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place})`}`
}

function requestOf(spec: LabSpec): TestbedRequest {
  const endpoints = Object.values(PEERS).map(name => ({ name, sysctls: spec.sysctls?.[name] ?? {} }))
  return { endpoints, link: spec.link ?? {} }
}

function hasLanded({ segments }: Evidence): boolean {
  return segments.every(({ arrived, lost }) => arrived ?? lost)
}

function ignoreStoodStill(error: unknown): void {
  if (!(error instanceof HandwaveError)) throw error
}

function sniffOptions(receiveBufferBytes: number | undefined): SniffOptions {
  return receiveBufferBytes === undefined ? {} : { receiveBufferBytes }
}

/**
 * Kernel timers run on ticks, longer ones in buckets of up to 327.68 s (the timer wheel at HZ=100, kernel/time/timer.c).
 * A lab that begins at the same place in all of them takes the same times again, whatever ran before it. In virtual time
 * the wait takes no time. It does without the event loop, whose own timers count whole milliseconds from wherever they
 * are; and it looks whether it came out right, because the lab kernel's clock may slip on when it is read after much work
 * without a pause. After a pause it does not.
 */
function sleepToTheStart(): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let attempt = 0; attempt < 3; attempt++) {
    const past = (process.hrtime.bigint() - START_NS + START_GRID_NS) % START_GRID_NS
    if (attempt > 0 && past < CLOSE_ENOUGH_NS) return
    Atomics.wait(nobody, 0, 0, Number(START_GRID_NS - past) / 1e6)
  }
}

/** 25 of the longest buckets, and a whole second. */
const START_GRID_NS = 8192n * 1_000_000_000n
/** There, a minute's timer that is started again two seconds or more into the lab falls into a later bucket, and it shows. */
const START_NS = 2n * 1_000_000_000n
const CLOSE_ENOUGH_NS = 10_000n

function toRowResult({ n, label, expected, observed, verdict, tMs, problems }: LadderMatch['rows'][number]): RowResult {
  return { n, label, expected, observed, ok: verdict === 'ok', tMs, problems }
}
