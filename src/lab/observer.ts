import { HandwaveError, SegmentError } from '../errors.ts'
import type { CallSighting, ObservedHost, Observations, Sighting, TableSighting } from '../evidence/observations.ts'
import type { Evidence, HostCounters, SeenSegment } from '../evidence/evidence.ts'
import { Elsewhere } from '../evidence/elsewhere.ts'
import { mergeEvidence, mergeSightings } from '../evidence/merge.ts'
import { parseTraceLine, type TraceRecord } from '../evidence/trace-lines.ts'
import type { AgentEvent } from '../host/agent-events.ts'
import type { Testbed, TestbedHost } from '../testbed/testbed.ts'
import type { LadderMatch } from '../ladder/match.ts'
import { type Capture, captureOf } from './capture.ts'
import { parseSegment, type Segment } from '../tcp/segment.ts'

/** Gathers what the witnesses of one run tell, and makes evidence of it whenever that is asked for. */
export class Observer {
  readonly #heard = new Map<string, Heard>()
  readonly #trace: TraceRecord[] = []
  /** Calls that only the clock can place in the trace. */
  readonly #unplaced: TraceRecord[] = []
  readonly #held = new Set<number>()
  readonly #holds: ((evidence: Evidence) => SeenSegment | undefined)[] = []
  #hosts: Pick<Testbed, 'wire' | 'endpoints' | 'trace' | 'time' | 'atOnceMs'> | undefined
  #elsewhere = new Elsewhere([])
  #slowestMs = 0
  #untilNs = 0
  /** By host. */
  readonly #drops = new Map<string, number>()

  /** Whose evidence it is to gather, and for how long the link may hold a segment back. */
  observe(testbed: Testbed, slowestMs: number): void {
    this.#hosts = testbed
    this.#elsewhere = new Elsewhere([testbed.wire, ...testbed.endpoints].map(({ place }) => place.device))
    this.#slowestMs = slowestMs
  }

  /** Whether it is news: a look at a table that has not changed is none, nor that there was nothing to hear. */
  take(host: string, event: AgentEvent): boolean {
    const heard = this.#of(host)
    if (event.kind === 'table') {
      const last = heard.tables.at(-1)
      heard.tables.push(event)
      return !last || statesIn(last) !== statesIn(event)
    }
    if (event.kind === 'packet') heard.packets.push(readPacket(event))
    else if (event.kind === 'injected') heard.injected.push(readPacket(event))
    else if (event.kind === 'listened') heard.listenedNs = event.tNs
    else if (event.kind === 'call') {
      heard.calls.push(event)
      if (this.#hosts?.trace?.hasMarks === false) this.#unplaced.push(placed(host, event))
    }
    return event.kind !== 'listened'
  }

  /** Whether the trace had anything new of these hosts. */
  readTrace(): boolean {
    const { trace } = this.#observed()
    const told = (trace?.read() ?? []).map(parseTraceLine).filter(record => record !== null)
    const read = told.filter(record => !this.#elsewhere.isKnown(record))
    const records = [...this.#unplaced.splice(0), ...read]
    this.#untilNs = trace?.untilNs ?? this.#listenedNs()
    const isLate = records.some(({ tNs }, index) => tNs < ((records[index - 1] ?? this.#trace.at(-1))?.tNs ?? 0))
    // Of a busy machine's trace there may be more than a call takes arguments.
    for (const record of records) this.#trace.push(record)
    // One processor may have been about to write its line when another's later one was read.
    if (isLate) this.#trace.sort((a, b) => a.tNs - b.tNs)
    return records.some(record => this.#isOwn(record))
  }

  /** Up to when all hosts have told what they heard. */
  #listenedNs(): number {
    const { wire, endpoints } = this.#observed()
    return Math.min(...[wire, ...endpoints].map(({ place }) => this.#of(place.name).listenedNs))
  }

  /** The machine's own kernel has others' connections to tell of as well. */
  #isOwn(record: TraceRecord): boolean {
    if (record.kind === 'sent' || record.kind === 'received') return this.#elsewhere.isOurs(record)
    if (record.kind !== 'state') return this.#isAlone
    const { endpoints } = this.#observed()
    return endpoints.some(({ place }) => record.local.startsWith(`${place.address}:`))
  }

  get #isAlone(): boolean {
    return this.#hosts?.time === 'virtual'
  }

  /** The wire keeps a segment back, once it comes: that it was dropped is not its end. */
  holdBack(find: (evidence: Evidence) => SeenSegment | undefined): void {
    this.#holds.push(find)
  }

  /** A segment by its number in the evidence, as it left. */
  segment(id: number): Segment {
    const packet = mergeSightings(this.#observations()).packets[id]
    if (!packet) throw new HandwaveError('NO_SEGMENT', `No segment number ${id} was seen.`)
    return packet.segment
  }

  /** Every packet that was heard, as far as a file of packets shows it. */
  capture(match: LadderMatch): Capture {
    const { wire, endpoints } = this.#observed()
    const observations = this.#observations()
    const vantages = [...endpoints, wire].map(({ place: { name, address } }) => {
      return { name, address, drops: this.#drops.get(name) ?? 0 }
    })
    const { hosts, wire: tap } = observations
    return captureOf({ ...mergeSightings(observations), hosts, tap: tap.heard, match, vantages })
  }

  /** Until the sniffers have told all that has happened by now. */
  async listenOut(): Promise<void> {
    const { wire, endpoints } = this.#observed()
    for (const { agent } of [wire, ...endpoints]) await agent.counters()
    await this.#observed().trace?.catchUp()
    this.readTrace()
  }

  /** The kernels' own counters, which the capture must agree with. */
  async readCounters(asked: (host: string) => readonly string[]): Promise<void> {
    const { wire, endpoints } = this.#observed()
    for (const host of [wire, ...endpoints]) {
      const { counters, drops } = await host.agent.counters({ asked: asked(host.place.name) })
      this.#drops.set(host.place.name, drops)
      this.#of(host.place.name).counters = counters
    }
    await this.#observed().trace?.catchUp()
  }

  /** Complete only once all sniffers have been listened out. */
  evidence(isComplete: boolean): Evidence {
    const evidence = mergeEvidence(this.#observations(isComplete))
    const held = this.#holds.flatMap(find => find(evidence)?.id ?? []).filter(id => !this.#held.has(id))
    if (held.length === 0) return evidence
    for (const id of held) this.#held.add(id)
    return mergeEvidence(this.#observations(isComplete))
  }

  #observations(isComplete = true): Observations {
    const { wire, endpoints } = this.#observed()
    const { name, device } = wire.place
    const told = {
      hosts: endpoints.map(host => this.#told(host)),
      wire: { name, device, heard: this.#of(name).packets, counters: this.#of(name).counters },
      drops: [...this.#drops.values()].reduce((sum, dropped) => sum + dropped, 0),
      held: this.#held,
      isComplete,
      untilNs: this.#untilNs,
      atOnceMs: this.#observed().atOnceMs,
    }
    const trace = this.#observed().trace && this.#trace
    return trace ? { ...told, trace } : { ...told, trace: null, slowestMs: this.#slowestMs }
  }

  #observed() {
    if (!this.#hosts) throw new HandwaveError('NO_HOSTS', 'There is nothing to observe yet.')
    return this.#hosts
  }

  #told({ place }: TestbedHost): ObservedHost {
    const { packets, injected, tables, calls, counters: all } = this.#of(place.name)
    const arrivals = packets.filter(packet => !isToItself(packet, place.address))
    // They are no other host's, but its TCP counts them.
    const counters = all && { ...all, inSegs: all.inSegs - (packets.length - arrivals.length) }
    return {
      name: place.name,
      address: place.address,
      device: place.device,
      arrivals,
      injected,
      tables,
      calls,
      counters,
    }
  }

  #of(host: string): Heard {
    const known = this.#heard.get(host)
    if (known) return known
    const heard: Heard = { packets: [], injected: [], tables: [], calls: [], counters: null, listenedNs: 0 }
    this.#heard.set(host, heard)
    return heard
  }
}

interface Heard {
  readonly packets: Sighting[]
  readonly injected: Sighting[]
  readonly tables: TableSighting[]
  readonly calls: CallSighting[]
  counters: HostCounters | null
  listenedNs: number
}

/** What a host sends to itself goes by its loopback, and no wire has it. */
function isToItself({ segment }: Sighting, address: string): boolean {
  const isOwn = (one: string | undefined) => one === address || one?.startsWith('127.') === true
  return isOwn(segment?.ip.source) && isOwn(segment?.ip.destination)
}

function statesIn({ lines }: TableSighting): string {
  return lines
    .map(({ local, remote, state }) => `${local} ${remote} ${state}`)
    .sort()
    .join()
}

/**
 * A call is told of just before it is made: whatever it brings about has a later stamp, as the trace rounds them (ns2usecs,
 * kernel/trace/trace.c), or the same.
 */
function placed(host: string, { tNs, ordinal }: Extract<AgentEvent, { kind: 'call' }>): TraceRecord {
  return { kind: 'call', host, ordinal, tNs: Math.round(tNs / 1000) * 1000 - 1, by: `agent ${host}`, inSoftirq: false }
}

function readPacket({ base64, tNs, awayNs }: Omit<Extract<AgentEvent, { kind: 'packet' }>, 'kind'>): Sighting {
  const bytes = Buffer.from(base64, 'base64')
  const when = { tNs, ...(awayNs === undefined ? {} : { awayNs }) }
  try {
    const { segment, ipChecksumOk, tcpChecksumOk } = parseSegment(bytes)
    return { ...when, length: bytes.length, segment, isSound: ipChecksumOk && tcpChecksumOk, base64 }
  } catch (error) {
    if (!(error instanceof SegmentError)) throw error
    return { ...when, length: bytes.length, segment: null, isSound: false, base64 }
  }
}
