import type {
  Evidence,
  Instant,
  SeenSegment,
  SocketCall,
  StateChange,
  TimerEvent,
} from '../../src/evidence/evidence.ts'
import {
  arrivalsOfEarlierRows,
  arrives,
  departs,
  isLost,
  type Ladder,
  type NumberExpr,
  otherSide,
  type PeerSide,
  receiverSide,
  type Row,
  type RowSegment,
  senderSide,
} from '../../src/ladder/ladder.ts'
import type { TcpState } from '../../src/tcp/states.ts'

export const HOSTS = { left: 'client', right: 'server' } as const
const ADDRESSES = { client: '198.18.0.1', server: '198.18.0.2' } as const
const ENDS = { left: '198.18.0.1:40000', right: '198.18.0.2:5000' } as const
export const CONNECTION = `${ENDS.left}-${ENDS.right}`
const DELAY_MS = 20
const MSL2_MS = 60_000

export interface Performance {
  /** The numbers from which each side's names count. */
  readonly isns?: Readonly<Record<PeerSide, number>>
  /** Which host comes first in the order where both act in one moment. */
  readonly first?: PeerSide
  /** Labels of rows whose segment is lost and sent again until it arrives. */
  readonly retransmitted?: readonly string[]
  /** Labels of rows whose segment is sent again although it arrives, and provokes an ACK. */
  readonly doubled?: readonly string[]
  /** Who sends old duplicates: a host that pretends to be the peer, or the peer itself. */
  readonly oldDuplicates?: 'forged' | 'peer'
}

/** Evidence of an exchange that goes just as the ladder says. Two hosts, 20 ms apart. */
export function perform(ladder: Ladder, performance: Performance = {}): Evidence {
  const play = new Play(ladder, performance)
  for (const [index, row] of ladder.rows.entries()) play.row(row, index)
  return play.evidence()
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }
interface Happening {
  readonly tMs: number
  readonly side: PeerSide
  readonly take: (n: number) => void
  /** Done when the segment that leaves in the same breath is out. */
  readonly isLate: boolean
}

class Play {
  readonly #performance: Performance
  readonly #rows: readonly Row[]
  readonly #links: ReadonlyMap<number, number | null>
  readonly #happenings: Happening[] = []
  readonly #segments: Draft<SeenSegment>[] = []
  readonly #states: StateChange[] = []
  readonly #calls: SocketCall[] = []
  readonly #timers: TimerEvent[] = []
  readonly #inNetwork = new Map<number, Draft<SeenSegment>>()
  readonly #state: Record<PeerSide, TcpState> = { left: 'CLOSED', right: 'CLOSED' }
  readonly #listens: Record<PeerSide, boolean> = { left: false, right: false }
  /** When something last happened at a side, and whether it has already been answered by a departure. */
  readonly #last: Record<PeerSide, { tMs: number; answered: boolean } | null> = { left: null, right: null }
  readonly #names = new Map<string, number>()
  readonly #numbers: Record<PeerSide, { printed: number; value: number }[]> = { left: [], right: [] }
  #fresh: Record<PeerSide, number>
  #rowMs = 0
  #latestMs = 0

  constructor(ladder: Ladder, performance: Performance) {
    this.#performance = performance
    this.#rows = ladder.rows
    this.#links = arrivalsOfEarlierRows(ladder.rows)
    this.#fresh = { ...(performance.isns ?? { left: 1_000_000, right: 4_000_000_000 }) }
    this.#begin()
  }

  row(row: Row, index: number): void {
    const firstSegment = this.#rows.findIndex(({ segment }) => segment)
    if (index < firstSegment) return
    this.#callsOf(row)
    if (!row.segment) return this.#stateRow(row)
    if (departs(row.segment)) return this.#depart(row, row.segment, index)
    this.#arriveLate(row, row.segment, index)
  }

  evidence(): Evidence {
    const rank = (side: PeerSide) => (side === (this.#performance.first ?? 'left') ? 0 : 1)
    const order = this.#happenings.map((happening, index) => ({ happening, index }))
    order.sort(
      (a, b) =>
        a.happening.tMs - b.happening.tMs ||
        rank(a.happening.side) - rank(b.happening.side) ||
        Number(a.happening.isLate) - Number(b.happening.isLate) ||
        a.index - b.index,
    )
    for (const [n, { happening }] of order.entries()) happening.take(n)
    const none = { left: 0, outSegs: 0, retransSegs: 0, inSegs: 0, outRsts: 0, tcpExt: {} }
    return {
      hosts: ADDRESSES,
      segments: this.#segments,
      states: this.#states,
      calls: this.#calls,
      readings: [],
      timers: this.#timers,
      counters: { client: none, server: none },
      captureDrops: 0,
      gaps: [],
    }
  }

  /** What was before the ladder: listeners, and an earlier handshake where it begins in ESTABLISHED. */
  #begin(): void {
    const firstSegment = this.#rows.findIndex(({ segment }) => segment)
    const start = this.#rows.slice(0, firstSegment).findLast(row => row.left.state ?? row.right.state)
    for (const side of SIDES) {
      const own = this.#rows.find(row => row.segment && senderSide(row.segment) === side)?.[side].state
      const state = start ? start[side].state : own === 'ESTABLISHED' ? own : null
      if (state === 'LISTEN') this.#listen(side, -500)
      if (state === 'ESTABLISHED') this.#state[side] = 'ESTABLISHED'
    }
    if (this.#state.left === 'ESTABLISHED' && this.#state.right === 'ESTABLISHED') {
      this.#state.left = 'CLOSED'
      this.#handshake()
    } else {
      for (const side of SIDES) {
        if (this.#state[side] !== 'ESTABLISHED') continue
        this.#state[side] = 'CLOSED'
        this.#change(side, 'ESTABLISHED', -300)
      }
    }
  }

  #handshake(): void {
    const { left, right } = this.#fresh
    this.#state.right = 'CLOSED'
    this.#listen('right', -500)
    this.#call('left', 'connect', -300)
    this.#change('left', 'SYN_SENT', -300)
    this.#send('left', { flags: ['SYN'], seq: left - 1, ack: null, length: 0 }, -300, -280)
    this.#change('right', 'SYN_RCVD', -280)
    this.#send('right', { flags: ['SYN', 'ACK'], seq: right - 1, ack: left, length: 0 }, -280, -260)
    this.#change('left', 'ESTABLISHED', -260)
    this.#send('left', { flags: ['ACK'], seq: left, ack: right, length: 0 }, -260, -240)
    this.#change('right', 'ESTABLISHED', -240)
    this.#call('right', 'accept', -239)
  }

  #listen(side: PeerSide, tMs: number): void {
    this.#listens[side] = true
    this.#state[side] = 'LISTEN'
    this.#call(side, 'listen', tMs, null)
    const host = HOSTS[side]
    this.#happen(side, tMs, n =>
      this.#states.push({
        n,
        tMs,
        host,
        connection: `${ENDS[side]}-*`,
        from: 'CLOSED',
        to: 'LISTEN',
        witness: 'tracepoint',
      }),
    )
  }

  #callsOf(row: Row): void {
    const sides = SIDES.filter(side => row[side].call)
    if (sides.length === 0) return
    const tMs = this.#rowMs === 0 && this.#latestMs <= 0 ? 0 : this.#latestMs + 10
    for (const side of sides) {
      const { call } = row[side]
      this.#call(side, call === 'open' ? 'connect' : call === 'close' ? 'end' : 'reset', tMs)
      this.#touch(side, tMs)
    }
    this.#rowMs = tMs
  }

  #depart(row: Row, segment: RowSegment, index: number): void {
    const from = senderSide(segment)
    const to = otherSide(from)
    const tMs = this.#departureMs(from, segment)
    this.#rowMs = tMs
    const parts = this.#parts(segment)
    const { state } = row[from]
    if (state) this.#change(from, state, tMs)
    const { retransmitted = [], doubled = [] } = this.#performance
    let sentMs = tMs
    if (retransmitted.includes(row.label)) {
      this.#send(from, parts, tMs, null, 'netem')
      sentMs += 200
    }
    const arrivesMs = arrives(segment) ? sentMs + DELAY_MS : null
    const sent = this.#send(from, parts, sentMs, arrivesMs, isLost(segment) ? 'nft' : null)
    this.#last[from] = { tMs: sentMs, answered: true }
    const elsewhere = row[to].state
    if (arrivesMs === null) {
      if (!isLost(segment)) this.#inNetwork.set(index, sent)
      if (elsewhere) this.#change(to, elsewhere, Math.max(tMs, this.#last[to]?.tMs ?? tMs))
      return
    }
    this.#touch(to, arrivesMs)
    if (elsewhere) this.#change(to, elsewhere, arrivesMs)
    if (!doubled.includes(row.label)) return
    this.#send(from, parts, sentMs + 5, arrivesMs + 5)
    const taken = parts.length + (parts.flags.includes('SYN') || parts.flags.includes('FIN') ? 1 : 0)
    const answer = { flags: ['ACK'] as const, seq: parts.ack ?? 0, ack: parts.seq + taken, length: 0 }
    this.#send(to, answer, arrivesMs + 5, arrivesMs + 5 + DELAY_MS)
  }

  #arriveLate(row: Row, segment: RowSegment, index: number): void {
    const to = receiverSide(segment)
    const link = this.#links.get(index) ?? null
    const known = link === null ? undefined : this.#inNetwork.get(link)
    const natural = known ? known.departed.tMs + DELAY_MS : Number.NEGATIVE_INFINITY
    const tMs = natural >= this.#rowMs ? natural : this.#latestMs + 10
    this.#rowMs = tMs
    if (known) {
      this.#happen(to, tMs, n => {
        known.arrived = { n, tMs }
      })
    } else {
      const old = this.#send(otherSide(to), this.#parts(segment), tMs - 3, tMs)
      if (this.#performance.oldDuplicates !== 'peer') old.from = 'attacker'
    }
    this.#touch(to, tMs)
    const { state } = row[to]
    if (state) this.#change(to, state, tMs)
  }

  /** A row of states: what an earlier row has brought about already, or what a timer does. */
  #stateRow(row: Row): void {
    const isTimer = [row.left, row.right].some(({ remark }) => remark?.includes('MSL'))
    const tMs = this.#latestMs + MSL2_MS
    for (const side of SIDES) {
      const { state } = row[side]
      if (!state || state === this.#state[side] || (state === 'LISTEN' && this.#state[side] !== 'SYN_RCVD')) continue
      if (!isTimer) {
        this.#change(side, state, this.#last[side]?.tMs ?? this.#latestMs)
        continue
      }
      this.#happen(side, tMs, n =>
        this.#timers.push({
          n,
          tMs,
          host: HOSTS[side],
          connection: CONNECTION,
          timer: 'timewait',
          event: 'expired',
          tick: 0,
        }),
      )
      this.#change(side, state, tMs)
    }
  }

  /** At once where something is to be answered; by the program, or by a timer, where nothing is. */
  #departureMs(side: PeerSide, segment: RowSegment): number {
    const last = this.#last[side]
    if (last && !last.answered) return Math.max(last.tMs, this.#rowMs)
    const isOpening = segment.flags.includes('SYN') && last === null
    if (isOpening) {
      const tMs = Math.max(0, this.#rowMs)
      this.#call(side, 'connect', tMs)
      return tMs
    }
    if (segment.data !== null) {
      const tMs = this.#latestMs <= 0 ? 0 : this.#latestMs + 10
      this.#call(side, 'write', tMs)
      return tMs
    }
    return this.#latestMs <= 0 ? 0 : this.#latestMs + 250
  }

  #parts(segment: RowSegment) {
    const sender = senderSide(segment)
    const length = segment.data === 'some' ? 5 : (segment.data ?? 0)
    return {
      // As Linux does with whatever empties its queue: the ladder does not name it.
      flags: length > 0 ? [...segment.flags, 'PSH' as const] : segment.flags,
      seq: segment.seq ? this.#number(segment.seq, sender) : 0,
      ack: segment.flags.includes('ACK') ? (segment.ack ? this.#number(segment.ack, otherSide(sender)) : 0) : null,
      length,
    }
  }

  #number(expr: NumberExpr, space: PeerSide): number {
    if (expr.kind === 'name') {
      const known = this.#names.get(expr.name) ?? this.#takeFresh(space)
      this.#names.set(expr.name, known)
      return (known + expr.plus) >>> 0
    }
    const near = this.#numbers[space]
      .filter(({ printed }) => Math.abs(printed - expr.value) <= 50)
      .sort((a, b) => Math.abs(a.printed - expr.value) - Math.abs(b.printed - expr.value))[0]
    const value = near ? (near.value + expr.value - near.printed) >>> 0 : this.#takeFresh(space)
    this.#numbers[space].push({ printed: expr.value, value })
    return value
  }

  #takeFresh(space: PeerSide): number {
    const value = this.#fresh[space] >>> 0
    this.#fresh[space] = (value + 1_000_000_007) >>> 0
    return value
  }

  #change(side: PeerSide, to: TcpState, tMs: number): void {
    const from = this.#state[side]
    if (from === to) return
    this.#state[side] = to
    // Linux drops the request and leaves the listener alone.
    const becomes = to === 'LISTEN' && from === 'SYN_RCVD' ? 'CLOSED' : to
    const host = HOSTS[side]
    const change = { tMs, host, connection: CONNECTION, from, to: becomes, witness: 'tracepoint' as const }
    // tcp_fin() sends the ACK first and enters TIME_WAIT then.
    this.#happen(side, tMs, n => this.#states.push({ n, ...change }), to === 'TIME_WAIT')
  }

  #send(
    side: PeerSide,
    parts: Pick<SeenSegment, 'flags' | 'seq' | 'ack' | 'length'>,
    sentMs: number,
    arrivesMs: number | null,
    lostBy: string | null = null,
  ): Draft<SeenSegment> {
    const segment: Draft<SeenSegment> = {
      id: this.#segments.length,
      from: HOSTS[side],
      to: HOSTS[otherSide(side)],
      connection: CONNECTION,
      ...parts,
      seq: parts.seq >>> 0,
      ack: parts.ack === null ? null : parts.ack >>> 0,
      window: 64240,
      departed: { n: -1, tMs: sentMs },
      arrived: null,
      lost: lostBy === null ? null : { by: lostBy },
    }
    this.#segments.push(segment)
    this.#happen(side, sentMs, n => {
      segment.departed = { n, tMs: sentMs }
    })
    if (arrivesMs !== null) {
      this.#happen(otherSide(side), arrivesMs, n => {
        segment.arrived = { n, tMs: arrivesMs }
      })
    }
    return segment
  }

  #call(side: PeerSide, call: SocketCall['call'], tMs: number, connection: string | null = CONNECTION): void {
    this.#happen(side, tMs, n => this.#calls.push({ n, tMs, host: HOSTS[side], connection, call }))
  }

  #touch(side: PeerSide, tMs: number): void {
    this.#last[side] = { tMs, answered: false }
  }

  #happen(side: PeerSide, tMs: number, take: (n: number) => void, isLate = false): void {
    this.#happenings.push({ tMs, side, take, isLate })
    this.#latestMs = Math.max(this.#latestMs, tMs)
  }
}

const SIDES = ['left', 'right'] as const

/** The evidence as it was when only so much had been seen. */
export function upTo(evidence: Evidence, n: number): Evidence {
  const isSeen = (entry: { readonly n: number }) => entry.n < n
  const untilMs = instantsOf(evidence).findLast(isSeen)?.tMs ?? 0
  return {
    ...evidence,
    untilMs,
    segments: evidence.segments
      .filter(({ departed }) => isSeen(departed))
      .map(segment => ({ ...segment, arrived: segment.arrived && isSeen(segment.arrived) ? segment.arrived : null })),
    states: evidence.states.filter(isSeen),
    calls: evidence.calls.filter(isSeen),
    readings: evidence.readings.filter(isSeen),
    timers: evidence.timers.filter(isSeen),
  }
}

/** The same exchange, but that nothing happens for a while before its `n`th entry. */
export function paused(evidence: Evidence, n: number, ms: number): Evidence {
  const later = <T extends Instant>(entry: T): T => (entry.n < n ? entry : { ...entry, tMs: entry.tMs + ms })
  return {
    ...evidence,
    segments: evidence.segments.map(segment => ({
      ...segment,
      departed: later(segment.departed),
      arrived: segment.arrived && later(segment.arrived),
    })),
    states: evidence.states.map(later),
    calls: evidence.calls.map(later),
    readings: evidence.readings.map(later),
    timers: evidence.timers.map(later),
  }
}

export function lastOf(evidence: Evidence): number {
  return instantsOf(evidence).at(-1)?.n ?? 0
}

function instantsOf({ segments, states, calls, timers }: Evidence): Instant[] {
  const ofSegments = segments.flatMap(({ departed, arrived }) => (arrived ? [departed, arrived] : [departed]))
  return [...ofSegments, ...states, ...calls, ...timers].toSorted((a, b) => a.n - b.n)
}
