import type { TcpState } from '../tcp/states.ts'
import type { ConnectionId, SeenSegment, TimerEvent } from './evidence.ts'
import type { TraceRecord } from './trace-lines.ts'

export interface TimerOwner {
  readonly host: string
  readonly connection: ConnectionId
  readonly role: TimerEvent['timer']
  /** What a connection is while this timer is all that is left of it, or all that there is yet. */
  readonly state: TcpState
}

type Kind<K extends TraceRecord['kind']> = TraceRecord & { readonly kind: K }

/**
 * Kernel timers carry no ports. Whose they are follows from what the same processor, or task, does just before or after: a segment
 * that arrives begets a request and its timer, a timer of TIME_WAIT is started just before its socket is closed, and what
 * a retransmission timer sends comes right behind its expiry. Anything else by it in between, and nothing is
 * concluded: other connections of the machine have timers, too.
 */
export class Timers {
  /** TIME_WAIT's and request sockets' timers, by their address. */
  readonly #owners = new Map<string, TimerOwner>()
  readonly #arrival = new Map<string, { host: string; segment: SeenSegment }>()
  /** Hosts and connections whose other side has said that it will send no more. */
  readonly #fins = new Set<string>()
  readonly #unowned = new Map<string, Kind<'timer-started'>>()
  readonly #acting = new Map<string, Kind<'timer-expired'>>()

  /** A segment has come in, and is worked on by this processor. */
  arrived({ by }: TraceRecord, host: string, segment: SeenSegment): void {
    this.#arrival.set(by, { host, segment })
    if (segment.flags.includes('FIN')) this.#fins.add(`${host} ${segment.connection}`)
  }

  /** This processor has gone on to another packet, or timer, ours or not: what it does now is not the last packet's doing. */
  goesOn(record: TraceRecord): void {
    this.otherwise(record)
    this.#arrival.delete(record.by)
  }

  /** Something that has nothing to do with any timer: what follows it is not a timer's doing. */
  otherwise({ by }: TraceRecord): void {
    this.#acting.delete(by)
    this.#unowned.delete(by)
  }

  /** Whose it is, if that is known by now, and what the connection was before. */
  started(record: Kind<'timer-started'>): { owner: TimerOwner | null; was: TcpState } {
    const { timer, by, role } = record
    const owner = this.#owners.get(timer)
    if (owner) return this.#startedAgain(timer, owner)
    if (role === 'timewait') this.#unowned.set(by, record)
    const arrival = this.#arrival.get(by)
    if (role !== 'request' || !arrival || !opens(arrival.segment)) return { owner: null, was: 'LISTEN' }
    this.#arrival.delete(by)
    const { host, segment } = arrival
    const request: TimerOwner = { host, connection: segment.connection, role, state: 'SYN_RCVD' }
    this.#owners.set(timer, request)
    return { owner: request, was: 'LISTEN' }
  }

  /** The SYN on which this processor is at work, of which no request has come. */
  opening(by: string): { host: string; segment: SeenSegment } | null {
    const arrival = this.#arrival.get(by)
    return arrival && opens(arrival.segment) ? arrival : null
  }

  #startedAgain(timer: string, owner: TimerOwner): { owner: TimerOwner; was: TcpState } {
    const was = owner.state
    if (!this.#finHasCome(owner)) return { owner, was }
    const found: TimerOwner = { ...owner, state: 'TIME_WAIT' }
    this.#owners.set(timer, found)
    return { owner: found, was }
  }

  /** What was there without a socket, and is gone: refused, given up, or cut short. */
  freed({ object }: Kind<'freed'>): TimerOwner | null {
    for (const [timer, owner] of this.#owners) {
      const within = addressOf(timer) - addressOf(object)
      if (within < 0 || within >= MOST_OFFSET) continue
      this.#owners.delete(timer)
      return owner
    }
    return null
  }

  /** What is left of an earlier connection between the same ends, as a new one begins: it gives way (tcp_twsk_unique). */
  givesWay(host: string, connection: ConnectionId): TimerOwner | null {
    this.#fins.delete(`${host} ${connection}`)
    for (const [timer, owner] of this.#owners) {
      if (owner.role !== 'timewait' || owner.host !== host || owner.connection !== connection) continue
      this.#owners.delete(timer)
      return owner
    }
    return null
  }

  /** A request has become a socket, which tells of itself. */
  grown(host: string, connection: ConnectionId): void {
    for (const [timer, owner] of this.#owners) {
      if (owner.role === 'request' && owner.host === host && owner.connection === connection) this.#owners.delete(timer)
    }
  }

  /** Told once: a connection without a socket is in TIME_WAIT now that was in FIN_WAIT_2. */
  isFound(host: string, connection: ConnectionId): boolean {
    for (const [timer, owner] of this.#owners) {
      if (owner.host !== host || owner.connection !== connection || owner.state !== 'FIN_WAIT_2') continue
      this.#owners.set(timer, { ...owner, state: 'TIME_WAIT' })
      return true
    }
    return false
  }

  #finHasCome({ host, connection }: Pick<TimerOwner, 'host' | 'connection'>): boolean {
    return this.#fins.has(`${host} ${connection}`)
  }

  /** Whose timer it was, where that is known by now; otherwise what the kernel does next may tell. */
  expired(record: Kind<'timer-expired'>): TimerOwner | null {
    const { timer, by } = record
    this.goesOn(record)
    const owner = this.#owners.get(timer)
    if (!owner) {
      if (record.role !== 'timewait' && record.role !== 'request') this.#acting.set(by, record)
      return null
    }
    // A request may send again and go on waiting.
    if (owner.role !== 'request') this.#owners.delete(timer)
    return owner
  }

  /** The timer by which the kernel does this, if it is one's doing. Told once. */
  actedIn({ by, inSoftirq }: TraceRecord): Kind<'timer-expired'> | null {
    const acting = this.#acting.get(by) ?? null
    this.#acting.delete(by)
    return inSoftirq ? acting : null
  }

  /**
   * A socket that goes to CLOSED just after a TIME_WAIT timer was started lives on without a socket: in TIME_WAIT, or, if
   * its program let go of it before the other side's FIN, still in FIN_WAIT_2 (tcp_time_wait, net/ipv4/tcp_minisocks.c).
   */
  remainsAs(
    { by, from }: Kind<'state'>,
    host: string,
    connection: ConnectionId,
  ): { owner: TimerOwner; started: Kind<'timer-started'> } | null {
    const started = this.#unowned.get(by)
    this.#unowned.delete(by)
    if (!started) return null
    const isOver = from !== 'FIN_WAIT_2' || this.#finHasCome({ host, connection })
    const state = isOver ? 'TIME_WAIT' : 'FIN_WAIT_2'
    const owner: TimerOwner = { host, connection, role: 'timewait', state }
    this.#owners.set(started.timer, owner)
    return { owner, started }
  }
}

/** Its last 48 bits, which tell all kernel addresses apart. */
function addressOf(pointer: string): number {
  return Number.parseInt(pointer.slice(-12), 16)
}

/**
 * Timers lie at most so far into a tcp_request_sock (152 of 312 bytes, on 6.18) or a tcp_timewait_sock (of 248): more would
 * take the neighbour's timer for the object's own.
 */
const MOST_OFFSET = 240

function opens({ flags }: SeenSegment): boolean {
  return flags.includes('SYN') && !flags.includes('ACK')
}
