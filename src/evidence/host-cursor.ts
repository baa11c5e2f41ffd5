import type { Segment } from '../tcp/segment.ts'
import type { SeenSegment } from './evidence.ts'
import type { ObservedHost, Sighting, TableSighting } from './observations.ts'

/** How far the merge has come in what was seen of one host. */
export class HostCursor {
  readonly name: string
  readonly address: string
  readonly device: string
  readonly calls: ObservedHost['calls']
  readonly #departures: readonly Sighting[]
  readonly #arrivals: Sighting[]
  readonly #tables: readonly TableSighting[]
  #nextDeparture = 0
  #nextTable = 0
  #unheard = 0

  constructor(host: ObservedHost) {
    this.name = host.name
    this.address = host.address
    this.device = host.device
    this.calls = host.calls
    this.#departures = host.departures
    this.#arrivals = [...host.arrivals]
    this.#tables = host.tables
  }

  /** What the wire heard of the packet that the kernel saw leave. A packet of another length is not TCP's. */
  nextDeparture(length: number): Segment | null {
    const sighting = this.#departures[this.#nextDeparture]
    if (!sighting || sighting.length !== length) return null
    this.#nextDeparture++
    return sighting.segment
  }

  /** Whether the sniffer heard what the kernel saw enter. */
  nextArrival(seen: SeenSegment): boolean {
    const index = this.#arrivals.findIndex(({ segment }) => isSame(segment, seen))
    if (index < 0) this.#unheard++
    else this.#arrivals.splice(index, 1)
    return index >= 0
  }

  *tablesBefore(tNs: number): Generator<TableSighting> {
    for (;;) {
      const table = this.#tables[this.#nextTable]
      // What the trace says of the same microsecond came before the reading.
      if (!table || toMicroseconds(table.tNs) >= tNs) return
      this.#nextTable++
      yield table
    }
  }

  /** What was heard but cannot be placed, or cannot have gone unheard. */
  unexplained(): string[] {
    const unplaced = this.#departures.length - this.#nextDeparture
    return [
      ...(unplaced > 0
        ? [`The wire heard ${unplaced} segments of ${this.name} that its kernel was not seen to send.`]
        : []),
      ...(this.#unheard > 0
        ? [`${this.name}'s sniffer did not hear ${this.#unheard} segments that its kernel received.`]
        : []),
      ...(this.#arrivals.length > 0
        ? [`${this.name}'s sniffer heard ${this.#arrivals.length} segments that nobody was seen to send.`]
        : []),
    ]
  }
}

function isSame({ tcp }: Segment, seen: SeenSegment): boolean {
  return (
    tcp.seq === seen.seq &&
    (seen.ack === null || tcp.ack === seen.ack) &&
    tcp.payload.length === seen.length &&
    tcp.window === seen.window &&
    tcp.flags.join() === seen.flags.join()
  )
}

/** The trace's own stamps are rounded so (ns2usecs, kernel/trace/trace.c): all stamps must be, to be compared. */
export function toMicroseconds(tNs: number): number {
  return Math.round(tNs / 1000) * 1000
}
