import type { Segment } from '../tcp/segment.ts'
import type { HostCounters, SocketCall } from './evidence.ts'
import type { TraceRecord } from './trace-lines.ts'

/**
 * What the witnesses of a run have told so far, each in its own order and on the one clock of their kernel. The kernel's
 * trace may be among them.
 */
export type Observations = TracedObservations | UntracedObservations

export interface TracedObservations extends Told {
  readonly trace: readonly TraceRecord[]
}

export interface UntracedObservations extends Told {
  readonly trace: null
  /** Longer than this the link holds nothing back: what has not arrived by then is lost. */
  readonly slowestMs: number
}

interface Told {
  readonly hosts: readonly ObservedHost[]
  readonly wire: ObservedWire
  readonly drops: number
  /** Segments, by their number, that the wire keeps back or has kept back: they are not lost, they are late. */
  readonly held: ReadonlySet<number>
  /** Whether the sniffers have told all that they will. While they have not, the one may be ahead of the other. */
  readonly isComplete: boolean
  /** On the same clock, how far the trace has been read; without it, up to where all agents have told what they heard. */
  readonly untilNs: number
  /** See Evidence. */
  readonly atOnceMs?: number | undefined
}

/** The wire hears each segment that reaches it, whoever sent it, before anything can befall it. */
interface ObservedWire {
  readonly name: string
  readonly device: string
  readonly heard: readonly Sighting[]
  readonly counters?: HostCounters | null
}

/** An endpoint, as its own agent and the kernel's counters see it. */
export interface ObservedHost {
  readonly name: string
  readonly address: string
  readonly device: string
  /** What this host's own sniffer heard. */
  readonly arrivals: readonly Sighting[]
  readonly tables: readonly TableSighting[]
  readonly calls: readonly CallSighting[]
  /** What its agent has sent by hand, whoever it said that it was from: without the trace nothing else tells whose it is. */
  readonly injected?: readonly Sighting[]
  /** Null until they have been read, at the end. */
  readonly counters: HostCounters | null
}

export interface Sighting {
  /** When its listener came to read it: never before it was there. */
  readonly tNs: number
  /** How long before that the listener may have been busy elsewhere, where its agent has measured it. */
  readonly awayNs?: number
  /** Of the whole packet, IP header included. */
  readonly length: number
  /** Null where the bytes are no segment: forged by somebody who meant it so. */
  readonly segment: Segment | null
  /** Whether its checksums are right: a segment that was damaged on the way is no arrival. */
  readonly isSound: boolean
  /** The packet itself. */
  readonly base64: string
}

export interface TableSighting {
  readonly tNs: number
  /** How long the reading took: a change meanwhile may be in it or not. */
  readonly tookNs: number
  readonly lines: readonly TableLine[]
}

export interface TableLine {
  readonly local: string
  readonly remote: string
  readonly state: string
  readonly timer: number
  readonly remainingMs: number
}

export interface CallSighting {
  readonly tNs: number
  readonly ordinal: number
  readonly call: SocketCall['call']
  readonly connection: string | null
}
