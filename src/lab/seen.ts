import type { Evidence, Instant, SeenSegment, StateChange, TableReading, TimerEvent } from '../evidence/evidence.ts'
import { HandwaveError } from '../errors.ts'
import type { LadderMatch } from '../ladder/match.ts'
import type { TcpState } from '../tcp/states.ts'

/** A claim asked for something that no witness saw, or for an order that the clocks cannot tell. */
export class NotSeen extends HandwaveError {
  override readonly name = 'NotSeen'

  constructor(sentence: string) {
    super('NOT_SEEN', sentence)
  }
}

/** A moment that can be compared with others. */
export class Moment {
  readonly instant: Instant

  constructor(instant: Instant) {
    this.instant = instant
  }

  get tMs(): number {
    return this.instant.tMs
  }

  before(other: Moment): boolean {
    const doubt = (this.instant.uncertainMs ?? 0) + (other.instant.uncertainMs ?? 0)
    if (doubt > 0 && Math.abs(this.tMs - other.tMs) <= doubt)
      throw new NotSeen('The clocks cannot tell which came first.')
    return this.instant.n < other.instant.n
  }

  after(other: Moment): boolean {
    return other.before(this)
  }

  /** Milliseconds from the other moment to this one. */
  since(other: Moment): number {
    return this.tMs - other.tMs
  }
}

export interface SegmentQuery {
  readonly from?: string
  /** Exactly these, PSH aside: `'SYN,ACK'`. */
  readonly flags?: string
}

/**
 * Evidence as a claim asks for it. Whatever is looked at is noted, so that a finding can say what it rests on.
 */
export class Seen {
  readonly client: HostSeen
  readonly server: HostSeen
  readonly #evidence: Evidence
  readonly #match: LadderMatch
  readonly #looked = new Set<number>()

  constructor(evidence: Evidence, match: LadderMatch) {
    this.#evidence = evidence
    this.#match = match
    this.client = this.host('client')
    this.server = this.host('server')
  }

  host(name: string): HostSeen {
    return new HostSeen(name, this.#evidence, this.#match.connection, instant => this.#look(instant))
  }

  /** The segments of the ladder's connection, in the order in which they left. */
  segments({ from, flags }: SegmentQuery = {}): SegmentSeen[] {
    return this.#evidence.segments
      .filter(segment => segment.connection === this.#match.connection)
      .filter(segment => from === undefined || segment.from === from)
      .filter(segment => flags === undefined || sameFlags(segment, flags))
      .map(segment => this.#segment(segment))
  }

  /** The first of them. */
  segment(query: SegmentQuery): SegmentSeen {
    const [first] = this.segments(query)
    if (!first) throw new NotSeen(`No segment ${query.flags ?? ''} of ${query.from ?? 'either side'} was seen.`)
    return first
  }

  /** The segment of a row of the ladder. */
  row(n: number): SegmentSeen {
    const row = this.#match.rows.find(candidate => candidate.n === n && candidate.segment !== null)
    const segment = this.#evidence.segments.find(({ id }) => id === row?.segment)
    if (!segment) throw new NotSeen(`Nothing was seen for row ${n}.`)
    return this.#segment(segment)
  }

  /** The places in the evidence that were looked at so far. */
  looked(): number[] {
    return [...this.#looked].sort((a, b) => a - b)
  }

  #segment(segment: SeenSegment): SegmentSeen {
    this.#look(segment.departed)
    return new SegmentSeen(segment, instant => this.#look(instant))
  }

  #look(instant: Instant): Moment {
    this.#looked.add(instant.n)
    return new Moment(instant)
  }
}

/** One host's part in the ladder's connection. */
export class HostSeen {
  readonly #name: string
  readonly #evidence: Evidence
  readonly #connection: string | null
  readonly #look: (instant: Instant) => Moment

  constructor(name: string, evidence: Evidence, connection: string | null, look: (instant: Instant) => Moment) {
    this.#name = name
    this.#evidence = evidence
    this.#connection = connection
    this.#look = look
  }

  get synSent(): Moment {
    return this.entered('SYN_SENT')
  }
  get synRcvd(): Moment {
    return this.entered('SYN_RCVD')
  }
  get established(): Moment {
    return this.entered('ESTABLISHED')
  }
  get finWait1(): Moment {
    return this.entered('FIN_WAIT_1')
  }
  get finWait2(): Moment {
    return this.entered('FIN_WAIT_2')
  }
  get closeWait(): Moment {
    return this.entered('CLOSE_WAIT')
  }
  get closing(): Moment {
    return this.entered('CLOSING')
  }
  get lastAck(): Moment {
    return this.entered('LAST_ACK')
  }
  get timeWait(): Moment {
    return this.entered('TIME_WAIT')
  }
  get closed(): Moment {
    return this.entered('CLOSED')
  }

  /** When it came into a state for the first time. */
  entered(state: TcpState): Moment {
    const change = this.changes.find(({ to }) => to === state)
    if (!change) throw new NotSeen(`${this.#name} was never seen to enter ${state}.`)
    return this.#look(change)
  }

  /** When it went from one state to another. */
  moved(from: TcpState, to: TcpState): Moment {
    const change = this.changes.find(candidate => candidate.from === from && candidate.to === to)
    if (!change) throw new NotSeen(`${this.#name} was never seen to go from ${from} to ${to}.`)
    return this.#look(change)
  }

  wasIn(state: TcpState): boolean {
    for (const change of this.changes) this.#look(change)
    return this.changes.some(({ to }) => to === state)
  }

  /** Whether it went through exactly these states, from the first one on. */
  wentThrough(...states: TcpState[]): boolean {
    const [first, ...rest] = this.changes
    for (const change of this.changes) this.#look(change)
    if (!first) throw new NotSeen(`No change of ${this.#name}'s state was seen.`)
    return [first.from, first.to, ...rest.map(({ to }) => to)].join() === states.join()
  }

  /** What its socket table said each time that it was read. */
  readings(state: TcpState): TableReading[] {
    return this.#own(this.#evidence.readings).filter(reading => reading.state === state)
  }

  timers(timer: TimerEvent['timer']): TimerEvent[] {
    return this.#own(this.#evidence.timers).filter(event => event.timer === timer)
  }

  get changes(): StateChange[] {
    return this.#own(this.#evidence.states)
  }

  #own<T extends { readonly host: string; readonly connection: string }>(entries: readonly T[]): T[] {
    return entries.filter(({ host, connection }) => host === this.#name && connection === this.#connection)
  }
}

/** A segment, with moments that can be compared. */
export class SegmentSeen {
  readonly seq: number
  readonly ack: number | null
  readonly length: number
  readonly isLost: boolean
  readonly #segment: SeenSegment
  readonly #look: (instant: Instant) => Moment

  constructor(segment: SeenSegment, look: (instant: Instant) => Moment) {
    this.seq = segment.seq
    this.ack = segment.ack
    this.length = segment.length
    this.isLost = segment.lost !== null
    this.#segment = segment
    this.#look = look
  }

  get departed(): Moment {
    return this.#look(this.#segment.departed)
  }

  get arrived(): Moment {
    if (!this.#segment.arrived) throw new NotSeen('A segment that a claim asks for did not arrive.')
    return this.#look(this.#segment.arrived)
  }

  /** Whether its acknowledgement counts this many from the other segment's sequence number. */
  acknowledges(other: SegmentSeen, plus: number): boolean {
    return this.ack === (other.seq + plus) >>> 0
  }

  /** Whether its sequence number is so much further than the other's. */
  follows(other: SegmentSeen, plus: number): boolean {
    return this.seq === (other.seq + plus) >>> 0
  }
}

function sameFlags(segment: SeenSegment, flags: string): boolean {
  const wanted = flags.split(',').filter(flag => flag !== 'PSH')
  const has = segment.flags.filter(flag => flag !== 'PSH')
  return has.length === wanted.length && wanted.every(flag => has.some(other => other === flag))
}
