import type { ConnectionId, Evidence, SeenSegment } from '../evidence/evidence.ts'
import { halfOpenOf } from '../evidence/half-open.ts'
import type { LadderMatch } from '../ladder/match.ts'
import { isCopy } from '../ladder/moments.ts'
import type { TcpState } from '../tcp/states.ts'
import { HostSeen } from './seen-host.ts'
import { AS_TOLD, type Look, Moment, NotSeen } from './seen-moment.ts'
import { SegmentSeen } from './seen-segment.ts'

export interface SegmentQuery {
  readonly from?: string
  /** Exactly these, PSH aside: `'SYN,ACK'`. */
  readonly flags?: string
}

/** One connection as a claim asks for it: what was sent, and each host's part. */
export class ConnectionSeen {
  readonly client: HostSeen
  readonly server: HostSeen
  readonly #connection: ConnectionId | null
  readonly #evidence: Evidence
  readonly #match: LadderMatch
  readonly #look: Look

  constructor(connection: ConnectionId | null, evidence: Evidence, match: LadderMatch, look: Look) {
    this.#connection = connection
    this.#evidence = evidence
    this.#match = match
    this.#look = look
    this.client = this.host('client')
    this.server = this.host('server')
  }

  host(name: string): HostSeen {
    return new HostSeen(name, this.#evidence, this.#connection, instant => this.#look(name, instant))
  }

  /** Its segments, in the order in which they left. */
  segments({ from, flags }: SegmentQuery = {}): SegmentSeen[] {
    return this.#evidence.segments
      .filter(segment => segment.connection === this.#connection)
      .filter(segment => from === undefined || segment.from === from)
      .filter(segment => flags === undefined || sameFlags(segment, flags))
      .map(segment => this.seenAs(segment))
  }

  /** The first of them. */
  segment(query: SegmentQuery): SegmentSeen {
    const [first] = this.segments(query)
    if (!first) throw new NotSeen(`No segment ${query.flags ?? ''} of ${query.from ?? 'either side'} was seen.`)
    return first
  }

  protected seenAs(segment: SeenSegment): SegmentSeen {
    this.#look(segment.from, segment.departed)
    const isRepeat = this.#evidence.segments.some(other => isCopy(segment, other))
    return new SegmentSeen(this.#withArrival(segment), isRepeat, this.#look)
  }

  /** Where copies satisfy a row, the first to arrive is the row's arrival. */
  #withArrival(segment: SeenSegment): SeenSegment {
    if (segment.arrived || this.#match.repeats.length === 0) return segment
    const copies = this.#evidence.segments.filter(other => isCopy(other, segment))
    return { ...segment, arrived: copies.find(({ arrived }) => arrived)?.arrived ?? null }
  }
}

/**
 * Evidence as a claim asks for it: by itself the ladder's connection. Whatever is looked at is noted, so that a finding
 * can say what it rests on.
 */
export class Seen extends ConnectionSeen {
  readonly #evidence: Evidence
  readonly #match: LadderMatch
  readonly #looked: Set<number>
  readonly #look: Look

  constructor(evidence: Evidence, match: LadderMatch, clocks = AS_TOLD) {
    const looked = new Set<number>()
    const look: Look = (host, instant) => {
      looked.add(instant.n)
      return new Moment({ host, instant }, evidence, clocks)
    }
    super(match.connection, evidence, match, look)
    this.#evidence = evidence
    this.#match = match
    this.#looked = looked
    this.#look = look
  }

  /** Every connection that there was, the ladder's among them, in the order in which they began. */
  connections(): ConnectionSeen[] {
    const names = new Set(this.#evidence.segments.map(({ connection }) => connection))
    return [...names].map(name => new ConnectionSeen(name, this.#evidence, this.#match, this.#look))
  }

  /** How many connections a host had half open: the most at once, or up to a moment. */
  halfOpen(host: string, until: Moment | null = null): number {
    if (this.#evidence.unseen)
      throw new NotSeen('How many were half open at once is seen in the trace alone (--trace).')
    const counts = halfOpenOf(this.#evidence, host)
    for (const { at } of counts) this.#look(host, at)
    if (until) return counts.findLast(({ at }) => at.n <= until.instant.n)?.count ?? 0
    return Math.max(0, ...counts.map(({ count }) => count))
  }

  /** The most lines in a state that a host's socket table showed at once: what ss(8) would have shown. */
  mostShown(host: string, state: TcpState): number {
    const shown = this.#evidence.readings.filter(reading => reading.host === host && reading.state === state)
    for (const reading of shown) this.#look(host, reading)
    return Math.max(0, ...[...Map.groupBy(shown, ({ tMs }) => tMs).values()].map(({ length }) => length))
  }

  /** By how much a counter of a host's kernel moved (/proc/net/netstat). */
  counted(host: string, counter: string): number {
    const { tcpExt } = this.#evidence.counters[host] ?? {}
    if (!tcpExt) throw new NotSeen(`What ${host}'s kernel counts has not been read.`)
    return tcpExt[counter] ?? 0
  }

  /** The segment of a row of the ladder. */
  row(n: number): SegmentSeen {
    const row = this.#match.rows.find(candidate => candidate.n === n && candidate.segment !== null)
    const segment = this.#evidence.segments.find(({ id }) => id === row?.segment)
    if (!segment) throw new NotSeen(`Nothing was seen for row ${n}.`)
    return this.seenAs(segment)
  }

  /** The places in the evidence that were looked at so far. */
  looked(): number[] {
    return [...this.#looked].sort((a, b) => a - b)
  }
}

function sameFlags(segment: SeenSegment, flags: string): boolean {
  const wanted = flags.split(',').filter(flag => flag !== 'PSH')
  const has = segment.flags.filter(flag => flag !== 'PSH')
  return has.length === wanted.length && wanted.every(flag => has.some(other => other === flag))
}
