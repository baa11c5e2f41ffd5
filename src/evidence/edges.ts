import type { AckCondition, SegmentEvent, SeqCondition, Transition } from '../tcp/transition.ts'
import { TRANSITIONS } from '../tcp/transitions.ts'
import type { Evidence, Instant, SeenSegment } from './evidence.ts'
import { changesOf, sameConnection, sameMoment, stateAfter, stateBefore, stimuli } from './query.ts'

/**
 * The edges of the state machine that the evidence shows: of each the state before, the event, what was sent in answer
 * and the state after. Where Linux is known to deviate, its own state after is what counts. An edge that hangs on
 * something no witness tells is not counted.
 */
export function findEdges(evidence: Evidence): string[] {
  const connections = [...new Set(evidence.segments.map(({ connection }) => connection))]
  const shown = connections.flatMap(connection =>
    Object.keys(evidence.hosts).flatMap(host => new EndpointStory(evidence, host, connection).edges()),
  )
  const listens = evidence.states.filter(({ to, connection }) => to === 'LISTEN' && connection.endsWith('-*'))
  return [...new Set([...(listens.length > 0 ? ['E01'] : []), ...shown])].sort()
}

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
      const candidates = TRANSITIONS.filter(transition => this.#shows(transition, stimulus))
      // Where an event fits several edges of a state, the one with more circumstances is meant.
      const most = Math.max(...candidates.map(circumstances))
      return candidates.filter(candidate => circumstances(candidate) === most).map(({ id }) => id)
    })
  }

  #shows(transition: Transition, stimulus: Instant): boolean {
    const before = stateBefore(this.#evidence, this.#host, this.#connection, stimulus).state
    if (typeof transition.from === 'string' || !transition.from.includes(before)) return false
    return this.#isEvent(transition, stimulus) && this.#isOutcome(transition, stimulus, before)
  }

  #isEvent({ event }: Transition, stimulus: Instant): boolean {
    if (event.kind === 'segment') {
      const segment = this.#arrivals.find(({ arrived }) => arrived?.n === stimulus.n)
      return segment !== undefined && this.#isArrival(event, segment)
    }
    if (event.kind === 'call') {
      const call = this.#evidence.calls.find(({ n }) => n === stimulus.n)
      return call !== undefined && event.calls.includes(call.call) && (event.given ?? []).length === 0
    }
    if (event.kind === 'timeout') {
      const timer = this.#evidence.timers.find(({ n }) => n === stimulus.n)
      return timer !== undefined && event.timer === timer.timer
    }
    return false
  }

  #isArrival(event: SegmentEvent, segment: SeenSegment): boolean {
    const { flags, length } = segment
    return (
      event.has.every(flag => flags.includes(flag)) &&
      event.lacks.every(flag => !flags.includes(flag)) &&
      (event.data === undefined || (event.data === 'some') === length > 0) &&
      (event.seq === undefined || this.#sequenceIs(event.seq, segment)) &&
      (event.ack === undefined || this.#acknowledges(event.ack, segment)) &&
      (event.given ?? []).length === 0
    )
  }

  #isOutcome(transition: Transition, stimulus: Instant, before: string): boolean {
    const to = transition.linuxTo?.at(-1) ?? (transition.to === 'same' ? before : transition.to)
    const sends = transition.linuxSends ?? transition.sends
    const after = stateAfter(this.#evidence, this.#host, this.#connection, stimulus)
    const reaches = after.state === to || this.#passesThrough(to, stimulus, transition.event.kind === 'call')
    return reaches && (sends.length === 0 || this.#answers(sends, stimulus))
  }

  /**
   * A state that is left again in the same moment was reached all the same. A call is marked just before it is made: its
   * effect may come some microseconds later, but before anything else happens.
   */
  #passesThrough(to: string, stimulus: Instant, isCall: boolean): boolean {
    const next = stimuli(this.#evidence, this.#host, this.#connection).find(({ n }) => n > stimulus.n)
    return changesOf(this.#evidence, this.#host, this.#connection).some(
      change =>
        change.to === to &&
        change.n > stimulus.n &&
        (!next || change.n < next.n) &&
        (isCall || sameMoment(change, stimulus)),
    )
  }

  /** An ACK may be delayed; everything else goes out at once. */
  #answers(flags: Transition['sends'], stimulus: Instant): boolean {
    const next = stimuli(this.#evidence, this.#host, this.#connection).find(({ n }) => n > stimulus.n)
    return this.#departures.some(
      segment =>
        segment.departed.n > stimulus.n &&
        (!next || segment.departed.n < next.n) &&
        flags.every(flag => segment.flags.includes(flag)),
    )
  }

  #sequenceIs(condition: SeqCondition, segment: SeenSegment): boolean {
    const earlier = this.#arrivals.filter(({ arrived }) => (arrived?.n ?? 0) < (segment.arrived?.n ?? 0))
    const last = earlier.at(-1)
    if (condition === 'repeated')
      return earlier.some(({ seq, flags }) => seq === segment.seq && flags.join() === segment.flags.join())
    if (condition === 'exact' && last) return segment.seq === (last.seq + spaceOf(last)) >>> 0
    return false
  }

  #acknowledges(condition: AckCondition, segment: SeenSegment): boolean {
    const sent = (flag: 'SYN' | 'FIN') => this.#departures.find(({ flags }) => flags.includes(flag))
    const covers = (own: SeenSegment | undefined) => own !== undefined && segment.ack === (own.seq + spaceOf(own)) >>> 0
    if (condition === 'our-syn') return covers(sent('SYN'))
    if (condition === 'our-fin') return covers(sent('FIN'))
    if (condition === 'not-our-fin') return sent('FIN') !== undefined && !covers(sent('FIN'))
    return false
  }
}

/** How much of the sequence space a segment takes: its bytes, and one each for SYN and FIN (RFC 9293, section 3.4). */
function spaceOf({ length, flags }: SeenSegment): number {
  return length + (flags.includes('SYN') ? 1 : 0) + (flags.includes('FIN') ? 1 : 0)
}

function circumstances({ event }: Transition): number {
  return event.kind === 'segment' || event.kind === 'call' ? (event.given ?? []).length : 0
}
