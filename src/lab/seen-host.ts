import type {
  ConnectionId,
  Evidence,
  Instant,
  SocketCall,
  StateChange,
  TableReading,
  TimerEvent,
  Unseen,
} from '../evidence/evidence.ts'
import { unseenOf, unseenText } from '../evidence/unseen.ts'
import type { TcpState } from '../tcp/states.ts'
import { type Moment, NotSeen } from './seen-moment.ts'

/** One host's part in a connection. */
export class HostSeen {
  readonly #name: string
  readonly #evidence: Evidence
  readonly #connection: ConnectionId | null
  readonly #look: (instant: Instant) => Moment

  constructor(name: string, evidence: Evidence, connection: ConnectionId | null, look: (instant: Instant) => Moment) {
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
    const change = this.#told.find(({ to }) => to === state)
    this.#mustHaveSeen(state, change)
    if (!change) throw new NotSeen(`${this.#name} was never seen to enter ${state}.`)
    return this.#look(change)
  }

  /** When it was in a state no longer, for the first time. */
  left(state: TcpState): Moment {
    const change = this.#told.find(({ from }) => from === state)
    this.#mustHaveSeen(state, change)
    if (!change) throw new NotSeen(`${this.#name} was never seen to leave ${state}.`)
    return this.#look(change)
  }

  /** When it went from one state to another. */
  moved(from: TcpState, to: TcpState): Moment {
    const change = this.#told.find(candidate => candidate.from === from && candidate.to === to)
    const gap = this.#unseen.find(({ from: begun, through, since, until }) => {
      const isItself = change !== undefined && until?.n === change.n
      const mayBeIn = [begun, ...through]
      return mayBeIn.includes(from) && through.includes(to) && (isItself || !change || since.n < change.n)
    })
    if (gap) throw new NotSeen(unseenText(gap))
    if (!change) throw new NotSeen(`${this.#name} was never seen to go from ${from} to ${to}.`)
    return this.#look(change)
  }

  wasIn(state: TcpState): boolean {
    for (const change of this.#told) this.#look(change)
    if (this.#told.some(({ to }) => to === state)) return true
    this.#mustHaveSeen(state, undefined)
    return false
  }

  /** Whether it went through exactly these states, from the first one on. */
  wentThrough(...states: TcpState[]): boolean {
    const [first, ...rest] = this.changes
    for (const change of this.changes) this.#look(change)
    if (!first) throw new NotSeen(`No change of ${this.#name}'s state was seen.`)
    return [first.from, first.to, ...rest.map(({ to }) => to)].join() === states.join()
  }

  /** When its program made a call on the connection, for the first time. */
  called(call: SocketCall['call']): Moment {
    const found = this.#evidence.calls.find(
      ({ host, connection, call: made }) => host === this.#name && connection === this.#connection && made === call,
    )
    if (!found) throw new NotSeen(`${this.#name} was never seen to call ${call}.`)
    return this.#look(found)
  }

  /** What its socket table said each time that it was read. */
  readings(state: TcpState): TableReading[] {
    return this.#own(this.#evidence.readings).filter(reading => reading.state === state)
  }

  timers(timer: TimerEvent['timer']): TimerEvent[] {
    if (this.#evidence.unseen) throw new NotSeen("A kernel's timers are seen in its trace alone (--trace).")
    return this.#own(this.#evidence.timers).filter(event => event.timer === timer)
  }

  /** All of them, in order. */
  get changes(): StateChange[] {
    const [gap] = this.#unseen
    if (gap) throw new NotSeen(unseenText(gap))
    return this.#told
  }

  get #told(): StateChange[] {
    return this.#own(this.#evidence.states)
  }

  get #unseen(): Unseen[] {
    return this.#connection === null ? [] : unseenOf(this.#evidence, this.#name, this.#connection)
  }

  /** The first time that a state was seen is the first only if it cannot have been before, when nobody looked. */
  #mustHaveSeen(state: TcpState, first: StateChange | undefined): void {
    const gap = this.#unseen.find(
      ({ through, since, until }) => through.includes(state) && (!first || (since.n < first.n && until?.n !== first.n)),
    )
    if (gap) throw new NotSeen(unseenText(gap))
  }

  #own<T extends { readonly host: string; readonly connection: string }>(entries: readonly T[]): T[] {
    return entries.filter(({ host, connection }) => host === this.#name && connection === this.#connection)
  }
}
