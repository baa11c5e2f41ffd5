import type { Instant, SocketCall } from '../evidence/evidence.ts'
import { atOnce } from '../evidence/instants.ts'
import type { LadderCall, PeerSide, Row } from './ladder.ts'
import { areConcurrent, type Moment, type Scene } from './moments.ts'
import { callText } from './notation.ts'
import { momentText } from './words.ts'

const SOCKET_CALLS: Readonly<Record<LadderCall, readonly SocketCall['call'][]>> = {
  open: ['connect', 'listen'],
  close: ['end', 'destroy'],
  // A close that leaves input unread is one all the same: what the row's segment shows is that it resets.
  abort: ['reset'],
}

export interface CallFinding {
  readonly call: SocketCall | null
  readonly problem: string | null
}

/** Whether the program called what the row says, after the row before and before what the row shows. */
export function findCall(
  side: PeerSide,
  row: Row,
  since: Moment | null,
  until: Moment | null,
  /** The last change at this peer that an earlier row has shown. */
  changed: number,
  scene: Scene,
): CallFinding | null {
  const wanted = row[side].call
  if (!wanted) return null
  const host = scene.hosts[side]
  const names = SOCKET_CALLS[wanted]
  const within = scene.evidence.calls.filter(
    call =>
      call.host === host &&
      call.n > changed &&
      (since === null || comesAfter(call, since, side, scene)) &&
      (until === null || comesBefore(call, until, side, scene)),
  )
  const call = within.findLast(entry => names.includes(entry.call))
  if (call) return { call, problem: null }
  const others = within.map(entry => `${entry.call} at ${momentText(entry)}`).join(', ')
  const expected = `${callText(wanted)} at ${host}: expected a call of ${names.join(' or ')} at this place`
  return { call: null, problem: `${expected}, observed ${others === '' ? 'no call' : others}.` }
}

/** At the other peer the same moment will do: nothing there tells which came first. */
function comesAfter(call: Instant, moment: Moment, side: PeerSide, { evidence }: Scene): boolean {
  return call.n > moment.at.n || (side !== moment.side && atOnce(call, moment.at, evidence))
}

function comesBefore(call: Instant, moment: Moment, side: PeerSide, { evidence }: Scene): boolean {
  return call.n < moment.at.n || (side !== moment.side && atOnce(call, moment.at, evidence))
}

/** A call that belongs to a ladder's first row comes after whatever its host had sent before the ladder began. */
export function lastSentBefore(side: PeerSide, start: Moment | null, scene: Scene): Moment | null {
  if (!start) return null
  return (
    scene.moments.findLast(
      moment =>
        moment.kind === 'departure' &&
        moment.side === side &&
        moment.at.n < start.at.n &&
        !areConcurrent(moment, start, scene),
    ) ?? null
  )
}
