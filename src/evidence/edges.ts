import { distance, isBefore, type Seq, seq } from '../tcp/seq.ts'
import type { TcpState } from '../tcp/states.ts'
import type { AckCondition, Circumstance, SegmentEvent, SeqCondition, Transition } from '../tcp/transition.ts'
import { TRANSITIONS } from '../tcp/transitions.ts'
import type { Evidence, Instant, SeenSegment, SocketCall } from './evidence.ts'
import { isSo } from './circumstances.ts'
import { findExchanges, listenerEdges } from './exchanges.ts'
import { changesOf } from './changes.ts'
import { sameConnection } from './connections.ts'
import { isState, stateAfter, stateBefore } from './held-state.ts'
import { stimuli } from './stimuli.ts'
import { endOf, expectedNext } from './received.ts'

/**
 * The edges of the state machine that the evidence shows: of each the state before, the event, what was sent in answer
 * and the state after. Where Linux is known to deviate, its own state after is what counts. An edge that hangs on
 * something no witness tells is not counted.
 */
export function findEdges(evidence: Evidence): string[] {
  const connections = [...new Set(evidence.segments.map(({ connection }) => connection))]
  const shown = connections.flatMap(connection =>
    Object.keys(evidence.hosts).flatMap(host => [
      ...new EndpointStory(evidence, host, connection).edges(),
      ...findExchanges(evidence, host, connection),
    ]),
  )
  const seen = new Set([...listenerEdges(evidence), ...shown])
  const isMissing = (id: string) => VISIBLE.some(({ name, edge }) => edge.id === id && !seen.has(name))
  return TRANSITIONS.filter(({ id }) => !isMissing(id)).map(({ id }) => id)
}

/** What of an edge can be seen by itself: the whole, or each of the cases that its sequence number makes. */
interface Visible {
  readonly name: string
  readonly edge: Transition
}

const VISIBLE = TRANSITIONS.flatMap((edge): Visible[] => {
  const { id, event, cases } = edge
  if (!cases || event.kind !== 'segment') return [{ name: id, edge }]
  return cases.map(({ seq, ...outcome }) => ({
    name: `${id} ${seq}`,
    edge: { ...edge, ...outcome, event: { ...event, seq } },
  }))
})

/** One connection as one of its endpoints lived it. */
class EndpointStory {
  readonly #evidence: Evidence
  readonly #host: string
  readonly #connection: string
  readonly #arrivals: readonly SeenSegment[]
  readonly #departures: readonly SeenSegment[]

  constructor(evidence: Evidence, host: string, connection: string) {
    this.#evidence = evidence
    this.#host = host
    this.#connection = connection
    const own = evidence.segments.filter(segment => sameConnection(segment.connection, connection))
    this.#arrivals = own.filter(({ to, arrived }) => to === host && arrived)
    this.#departures = own.filter(({ from }) => from === host)
  }

  edges(): string[] {
    return stimuli(this.#evidence, this.#host, this.#connection).flatMap(stimulus => {
      const candidates = VISIBLE.filter(({ edge }) => this.#shows(edge, stimulus))
      // Where an event fits several edges of a state, the one with more circumstances is meant.
      const most = Math.max(...candidates.map(({ edge }) => circumstances(edge)))
      return candidates.filter(({ edge }) => circumstances(edge) === most).map(({ name }) => name)
    })
  }

  #shows(transition: Transition, stimulus: Instant): boolean {
    const { state: before, unseen } = stateBefore(this.#evidence, this.#host, this.#connection, stimulus)
    if (unseen) return false
    if (typeof transition.from === 'string' || !transition.from.includes(before)) return false
    return this.#isEvent(transition, stimulus) && this.#isOutcome(transition, stimulus, before)
  }

  #isEvent({ event }: Transition, stimulus: Instant): boolean {
    if (event.kind === 'segment') {
      const segment = this.#arrivals.find(({ arrived }) => arrived?.n === stimulus.n)
      return segment !== undefined && this.#isArrival(event, segment) && this.#areSo(event.given, stimulus)
    }
    if (event.kind === 'call') {
      const possible = this.#callsAt(stimulus)
      const isOne = possible.length > 0 && possible.every(call => event.calls.includes(call))
      return isOne && this.#areSo(event.given, stimulus)
    }
    if (event.kind === 'timeout') {
      const timer = this.#evidence.timers.find(({ n }) => n === stimulus.n)
      return timer !== undefined && event.timer === timer.timer
    }
    const complaint = this.#evidence.complaints?.find(({ n }) => n === stimulus.n)
    return event.kind === 'icmp' && complaint?.type === event.type
  }

  /** Which call it was. One that nobody has marked is known by what it did: both ways to say goodbye do the same. */
  #callsAt({ n }: Instant): readonly SocketCall['call'][] {
    const call = this.#evidence.calls.find(call => call.n === n)
    if (call) return [call.call]
    const change = changesOf(this.#evidence, this.#host, this.#connection).find(change => change.n === n)
    if (change?.to === 'FIN_WAIT_1' || change?.to === 'LAST_ACK') return ['end', 'destroy']
    return change?.to === 'SYN_SENT' || change?.from === 'TIME_WAIT' ? ['connect'] : []
  }

  #isArrival(event: SegmentEvent, segment: SeenSegment): boolean {
    const { flags, length } = segment
    return (
      event.has.every(flag => flags.includes(flag)) &&
      event.lacks.every(flag => !flags.includes(flag)) &&
      (event.data === undefined || (event.data === 'some') === length > 0) &&
      (event.seq === undefined || this.#sequenceIs(event.seq, segment)) &&
      (event.ack === undefined || this.#acknowledges(event.ack, segment))
    )
  }

  #areSo(given: readonly Circumstance[] = [], stimulus: Instant): boolean {
    return given.every(circumstance => isSo(circumstance, this.#evidence, this.#host, this.#connection, stimulus))
  }

  #isOutcome(transition: Transition, stimulus: Instant, before: TcpState): boolean {
    const to = transition.linuxTo?.at(-1) ?? (transition.to === 'same' ? before : transition.to)
    const sends = transition.linuxSends ?? transition.sends
    const [next, ...others] = transition.linuxTo ?? []
    if (next && others.length > 0) return this.#comesTo([next, ...others], sends, stimulus)
    const after = stateAfter(this.#evidence, this.#host, this.#connection, stimulus)
    if (after.unseen) return false
    const reaches = isState(after, to) || this.#passesThrough(to, stimulus)
    if (sends.length > 0) return reaches && this.#answers(sends, stimulus)
    // What is dropped has no answer.
    return reaches && !((transition.cases || to === before) && this.#answers([], stimulus))
  }

  /** By way of these states, however long that takes: Linux puts some things off. */
  #comesTo(states: readonly TcpState[], sends: Transition['sends'], stimulus: Instant): boolean {
    const changes = changesOf(this.#evidence, this.#host, this.#connection).filter(({ n }) => n > stimulus.n)
    if (!states.every((state, index) => changes[index]?.to === state)) return false
    return this.#departures.some(
      ({ departed, flags }) => departed.n > stimulus.n && sends.every(flag => flags.includes(flag)),
    )
  }

  /** A state that is left again before anything else happens was reached all the same. */
  #passesThrough(to: string, stimulus: Instant): boolean {
    const next = stimuli(this.#evidence, this.#host, this.#connection).find(({ n }) => n > stimulus.n)
    return changesOf(this.#evidence, this.#host, this.#connection).some(
      change => change.to === to && change.n > stimulus.n && (!next || change.n < next.n),
    )
  }

  /** An ACK may be delayed: that a timer reminds the kernel of it is nothing new. Everything else goes out at once. */
  #answers(flags: Transition['sends'], stimulus: Instant): boolean {
    const reminders = this.#evidence.timers.filter(({ timer }) => timer === 'delayed-ack').map(({ n }) => n)
    const next = stimuli(this.#evidence, this.#host, this.#connection).find(
      ({ n }) => n > stimulus.n && !reminders.includes(n),
    )
    return this.#departures.some(
      segment =>
        segment.departed.n > stimulus.n &&
        (!next || segment.departed.n < next.n) &&
        flags.every(flag => segment.flags.includes(flag)),
    )
  }

  #sequenceIs(condition: SeqCondition, segment: SeenSegment): boolean {
    const expected = expectedNext(this.#evidence, this.#host, this.#connection, segment)
    if (expected === null) return false
    if (condition === 'exact') return segment.seq === expected
    if (condition === 'newer') return isBefore(expected, seq(segment.seq))
    if (condition === 'older' || condition === 'outside') return isBefore(seq(segment.seq), expected)
    if (condition === 'in-window')
      return isBefore(expected, seq(segment.seq)) && this.#isWithinWindow(expected, segment)
    return this.#arrivals.some(
      other =>
        (other.arrived?.n ?? 0) < (segment.arrived?.n ?? 0) &&
        other.seq === segment.seq &&
        (other.flags.join() === segment.flags.join() || (opens(other) && opens(segment))),
    )
  }

  /** Within what the host has last offered. How much that was scaled up is not told: of what is far out nothing is said. */
  #isWithinWindow(expected: Seq, { seq: number, arrived }: SeenSegment): boolean {
    const last = this.#departures.findLast(({ departed }) => departed.n < (arrived?.n ?? 0))
    return last !== undefined && distance(expected, seq(number)) < last.window
  }

  #acknowledges(condition: AckCondition, segment: SeenSegment): boolean {
    const sent = (flag: 'SYN' | 'FIN') =>
      this.#departures.findLast(({ flags, departed }) => flags.includes(flag) && departed.n < (segment.arrived?.n ?? 0))
    const covers = (own: SeenSegment | undefined) => own !== undefined && segment.ack === endOf(own)
    // A cookie is the number of a SYN+ACK of which nothing else is remembered.
    if (condition === 'our-syn' || condition === 'cookie') return covers(sent('SYN'))
    if (condition === 'our-fin') return covers(sent('FIN'))
    if (condition === 'not-our-fin') return sent('FIN') !== undefined && !covers(sent('FIN'))
    return condition === 'unacceptable' && !this.#mayAcknowledge(segment)
  }

  /**
   * What was sent in this connection, from its SYN on; and where that is not acknowledged yet, at least that (RFC 9293,
   * 3.10.7.3 and 3.10.7.4).
   */
  #mayAcknowledge({ ack, arrived }: SeenSegment): boolean {
    if (ack === null || !arrived) return true
    const sent = this.#departures.filter(({ departed }) => departed.n < arrived.n)
    const first = sent.findLast(({ flags }) => flags.includes('SYN')) ?? sent[0]
    const isAhead = !sent.some(own => !isBefore(endOf(own), seq(ack)))
    const { state } = stateBefore(this.#evidence, this.#host, this.#connection, arrived)
    const oldest = first && seq(state.startsWith('SYN_') ? first.seq + 1 : first.seq)
    return !isAhead && oldest !== undefined && !isBefore(seq(ack), oldest)
  }
}

/** With or without an ACK it is the same number that a SYN begins with. */
function opens({ flags }: SeenSegment): boolean {
  return flags.includes('SYN')
}

function circumstances({ event }: Transition): number {
  return event.kind === 'segment' || event.kind === 'call' ? (event.given ?? []).length : 0
}
