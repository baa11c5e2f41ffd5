import type { Instant, SeenSegment } from '../evidence/evidence.ts'
import type { Merged } from '../evidence/timeline.ts'
import type { ObservedHost, Sighting } from '../evidence/observations.ts'
import { latest } from '../evidence/instants.ts'
import { originalOf } from '../host/tap-copy.ts'
import { arrives, departs } from '../ladder/ladder.ts'
import type { LadderMatch } from '../ladder/match.ts'

/** The packets of a run, for a file that other programs read. Plain data: it travels as JSON. */
export interface Capture {
  /** The endpoints in their order, then the wire. */
  readonly vantages: readonly Vantage[]
  readonly packets: readonly CapturedPacket[]
  readonly rows: readonly CapturedRow[]
}

/** Where packets are seen: a host's one interface. */
export interface Vantage {
  readonly name: string
  readonly address: string
  /** Packets that its sniffer had no room for. */
  readonly drops: number
}

/** A packet as one vantage has it. */
export interface CapturedPacket {
  readonly vantage: string
  /** The segment of the evidence; null for a packet that was heard and could not be placed there. */
  readonly segment: number | null
  readonly direction: 'out' | 'in' | 'through'
  readonly at: Instant
  readonly base64: string
}

/** A row of the picture, or a further copy of one, and the segment that was found for it. */
export interface CapturedRow {
  readonly label: string
  readonly segment: number
  /** Whether it shows the segment leave, and whether it shows it arrive: figure 7 has a row for each. */
  readonly departs: boolean
  readonly arrives: boolean
  /** What differs from the picture, in sentences. */
  readonly problems: readonly string[]
}

interface Heard extends Merged {
  readonly hosts: readonly ObservedHost[]
  /** All that the wire heard, whoever sent it. */
  readonly tap: readonly Sighting[]
  readonly match: LadderMatch
  readonly vantages: readonly Vantage[]
}

export function captureOf(heard: Heard): Capture {
  return {
    vantages: heard.vantages,
    packets: [...packetsOf(heard)],
    rows: rowsOf(heard.match),
  }
}

function* packetsOf({ evidence, packets, originNs, hosts, tap, vantages }: Heard): Generator<CapturedPacket> {
  const wire = vantages.at(-1)?.name ?? ''
  const placed = new Map<Sighting, { segment: SeenSegment; arrival: Sighting | null }>()
  for (const segment of evidence.segments) {
    const packet = packets[segment.id]
    if (!packet) continue
    const arrival = packet.arrival?.heard ?? null
    // A copy that the wire has made left its host as another segment.
    if (packet.copyOf === null) placed.set(packet.heard, { segment, arrival })
    if (arrival) placed.set(arrival, { segment, arrival })
    if (segment.from === wire && arrival)
      yield { vantage: wire, segment: segment.id, direction: 'out', at: segment.departed, base64: arrival.base64 }
  }
  let next = (latest(evidence)?.n ?? -1) + 1
  /** When a sniffer heard it, for want of the kernel's own word. It comes after all that has an order. */
  const stamp = ({ tNs }: Sighting): Instant => ({ n: next++, tMs: (tNs - originNs) / 1e6 })

  for (const sighting of tap) {
    const { segment, arrival } = placed.get(sighting) ?? { segment: null, arrival: null }
    const base64 = restored(sighting, arrival)
    // Between a sender and the wire there is no delay: netem is on the wire's way out.
    const at = segment?.departed ?? stamp(sighting)
    const id = segment?.id ?? null
    if (segment && segment.from !== wire) yield { vantage: segment.from, segment: id, direction: 'out', at, base64 }
    yield { vantage: wire, segment: id, direction: 'through', at, base64 }
  }
  for (const { name, arrivals } of hosts) {
    for (const sighting of arrivals) {
      const { segment } = placed.get(sighting) ?? { segment: null }
      const at = segment?.arrived ?? stamp(sighting)
      yield { vantage: name, segment: segment?.id ?? null, direction: 'in', at, base64: sighting.base64 }
    }
  }
}

function restored(copy: Sighting, arrival: Sighting | null): string {
  const original = originalOf(Buffer.from(copy.base64, 'base64'), arrival && Buffer.from(arrival.base64, 'base64'))
  return Buffer.from(original).toString('base64')
}

function rowsOf({ rows, repeats }: LadderMatch): CapturedRow[] {
  return [
    ...rows.flatMap(({ row, label, segment, problems }) =>
      row.segment && segment !== null
        ? [{ label, segment, departs: departs(row.segment), arrives: arrives(row.segment), problems }]
        : [],
    ),
    ...repeats.map(({ row, segment }) => ({ label: `${row}′`, segment, departs: true, arrives: true, problems: [] })),
  ]
}
