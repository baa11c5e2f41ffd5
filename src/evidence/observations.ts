import type { Segment } from '../tcp/segment.ts'
import type { HostCounters, SocketCall } from './evidence.ts'
import type { TraceRecord } from './trace-lines.ts'

/** What the witnesses of a run have told so far, each in its own order and on the one clock of their kernel. */
export interface Observations {
  readonly hosts: readonly ObservedHost[]
  readonly trace: readonly TraceRecord[]
  readonly drops: number
}

/** An endpoint, as its own agent, the wire and the kernel's counters see it. */
export interface ObservedHost {
  readonly name: string
  readonly address: string
  readonly device: string
  /** What the wire heard from this host. */
  readonly departures: readonly Sighting[]
  /** What this host's own sniffer heard. */
  readonly arrivals: readonly Sighting[]
  readonly tables: readonly TableSighting[]
  readonly calls: readonly CallSighting[]
  /** Null until they have been read, at the end. */
  readonly counters: HostCounters | null
}

export interface Sighting {
  readonly tNs: number
  /** Of the whole packet, IP header included. */
  readonly length: number
  readonly segment: Segment
}

export interface TableSighting {
  readonly tNs: number
  readonly lines: readonly TableLine[]
}

interface TableLine {
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
