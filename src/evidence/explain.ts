import type { AckCondition, SegmentEvent, Transition } from '../tcp/transition.ts'
import type { TcpState } from '../tcp/states.ts'
import { TRANSITIONS } from '../tcp/transitions.ts'
import type { SocketCall } from './evidence.ts'
import type { Packet } from './packets.ts'

/** A step from one state to another: what may lie between, and what it costs to believe in it. */
export interface Step {
  readonly to: TcpState
  readonly via: readonly TcpState[]
  readonly cost: number
}

/** What may have made a kernel act, as far as somebody told of it. */
export type Stimulus =
  | {
      readonly kind: 'arrival'
      readonly packet: Packet
      /** A FIN that came before a hole was filled counts when it is filled. */
      readonly mayComplete: boolean
      /** Whether it acknowledges this host's SYN, and its FIN; null where that has not left. */
      readonly acksSyn: boolean | null
      readonly acksFin: boolean | null
    }
  | { readonly kind: 'call'; readonly call: SocketCall['call'] }

/**
 * Where a state may lead once something has happened. Nobody need have changed at all. In a socket table a request that is
 * gone leaves the listener as it was: LISTEN and CLOSED are no line, both.
 */
export function stepsFor(from: TcpState, stimulus: Stimulus): Step[] {
  const fitting = TRANSITIONS.filter(transition => leaves(transition, from) && isEvent(transition, stimulus))
  const aborts = stimulus.kind === 'call' && ABORTS.includes(stimulus.call) && from !== 'LISTEN'
  const abort: Step[] = aborts ? [{ to: 'CLOSED', via: [], cost: 0 }] : []
  return [{ to: from, via: [], cost: 0 }, ...fitting.flatMap(transition => outcomes(transition, from, 0)), ...abort]
}

/** What nobody need have told of: a timer, a program that is not the lab's, a socket that was killed. */
export function unpromptedSteps(from: TcpState): Step[] {
  const steps = TRANSITIONS.filter(transition => leaves(transition, from)).flatMap(transition => {
    if (transition.event.kind === 'timeout') return outcomes(transition, from, COST.timeout)
    return transition.event.kind === 'call' ? outcomes(transition, from, COST.untold) : []
  })
  return [
    ...steps.filter(({ to }) => to !== from),
    ...(from === 'CLOSED' ? [] : [{ to: 'CLOSED', via: [], cost: COST.untold } as const]),
  ]
}

/** What is told of explains a change before what is not, and anything before the inexplicable. */
const COST = { timeout: 1, untold: 2, inexplicable: 100 } as const

export const INEXPLICABLE = COST.inexplicable

/** By RST, where data is left unread (RFC 2525, section 2.17), or because that was asked for (RFC 9293, section 3.10.5). */
const ABORTS: readonly SocketCall['call'][] = ['reset', 'destroy']

function leaves({ from }: Transition, state: TcpState): boolean {
  return typeof from !== 'string' && (from.includes(state) || (state === 'CLOSED' && from.includes('LISTEN')))
}

function outcomes(transition: Transition, from: TcpState, cost: number): Step[] {
  const { to, linuxTo, cases } = transition
  const ways = linuxTo ? [linuxTo] : [[to === 'same' ? from : to], ...(cases ?? []).map(way => [way.to])]
  return ways.map(way => {
    const last = way.at(-1) ?? from
    // The last ACK's place is taken by a FIN that brings it: the state between is one all the same (E27).
    const between = from === 'SYN_RCVD' && last === 'CLOSE_WAIT' ? (['ESTABLISHED'] as const) : way.slice(0, -1)
    return { to: last === 'LISTEN' && from !== 'CLOSED' ? 'CLOSED' : last, via: between, cost }
  })
}

function isEvent({ event }: Transition, stimulus: Stimulus): boolean {
  if (stimulus.kind === 'call') return event.kind === 'call' && event.calls.includes(stimulus.call)
  return event.kind === 'segment' && isArrival(event, stimulus)
}

function isArrival(event: SegmentEvent, stimulus: Extract<Stimulus, { kind: 'arrival' }>): boolean {
  const { flags, payload } = stimulus.packet.segment.tcp
  const asks = event.has.includes('FIN')
  const has = (flag: (typeof flags)[number]) => flags.includes(flag) || (flag === 'FIN' && asks && stimulus.mayComplete)
  return (
    event.has.every(has) &&
    !event.lacks.some(has) &&
    (event.data === undefined || (event.data === 'some') === payload.length > 0 || (asks && stimulus.mayComplete)) &&
    acknowledges(event.ack, stimulus)
  )
}

function acknowledges(
  condition: AckCondition | undefined,
  { acksSyn, acksFin }: Extract<Stimulus, { kind: 'arrival' }>,
) {
  if (condition === 'our-syn') return acksSyn ?? true
  if (condition === 'our-fin') return acksFin ?? false
  if (condition === 'not-our-fin') return acksFin !== true
  return true
}
