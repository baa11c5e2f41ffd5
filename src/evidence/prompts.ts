import { fromProc, type TcpState } from '../tcp/states.ts'
import { spaceOf } from './causal-order.ts'
import { addressOf, endsOf } from './connections.ts'
import type { ConnectionId } from './evidence.ts'
import type { Stimulus } from './explain.ts'
import type { Happening, Kind } from './happenings.ts'
import type { Look, Prompt } from './explanation.ts'
import type { Timeline } from './timeline.ts'

/** One host's part in all that happened, each with its place in the order. */
export type Placed = readonly (readonly [place: number, happening: Happening])[]

/** The connections, and listeners, of which anything at this host was told. */
export function connectionsAt(address: string, own: Placed, timeline: Timeline): ConnectionId[] {
  const found = new Set<ConnectionId>()
  for (const [, happening] of own) {
    if (happening.kind === 'table') {
      for (const line of happening.table.lines) if (fromProc(line.state)) found.add(timeline.nameOf(line))
    } else if (happening.connection !== null) found.add(happening.connection)
  }
  return [...found].filter(connection => endsOf(connection).some(end => [address, ANYWHERE].includes(addressOf(end))))
}

const ANYWHERE = '0.0.0.0'

/** What may have moved the connection's state at this host. */
export function promptsOf(own: Placed, connection: ConnectionId): Prompt[] {
  const prompts: Prompt[] = []
  const sent: Kind<'departure'>[] = []
  const called = new Set<string>()
  let hasFinCome = false
  for (const [place, happening] of own) {
    const { earliestNs, latestNs } = happening
    const add = (stimulus: Stimulus) => prompts.push({ place, stimulus, earliestNs, latestNs })
    if (happening.kind === 'table') continue
    if (happening.kind === 'call') {
      const { call } = happening.call
      const isOwn = happening.connection === connection && !IDLE.includes(call)
      const isListeners = happening.connection === null && connection.endsWith('-*')
      if (!isOwn && !isListeners) continue
      called.add(call)
      add({ kind: 'call', call })
    } else if (happening.connection !== connection) continue
    else if (happening.kind === 'arrival') {
      const { packet } = happening
      add({ kind: 'arrival', packet, mayComplete: hasFinCome, ...acknowledged(packet.segment.tcp, sent) })
      if (packet.segment.tcp.flags.includes('FIN')) hasFinCome = true
    } else {
      const call = untoldCall(happening, sent, called)
      sent.push(happening)
      if (call) add({ kind: 'call', call })
    }
  }
  return prompts
}

/** Calls that move nothing. */
const IDLE: readonly string[] = ['write', 'accept', 'listen', 'unlisten']

/** A SYN or FIN leaves because a program has called, whether its agent has told of that or not. */
function untoldCall(
  { packet }: Kind<'departure'>,
  sent: readonly Kind<'departure'>[],
  called: ReadonlySet<string>,
): 'connect' | 'end' | null {
  const { flags } = packet.segment.tcp
  const isFirst = (flag: 'SYN' | 'FIN') =>
    flags.includes(flag) && !sent.some(({ packet: before }) => before.segment.tcp.flags.includes(flag))
  if (isFirst('SYN') && !flags.includes('ACK') && !called.has('connect')) return 'connect'
  if (isFirst('FIN') && !['end', 'destroy'].some(call => called.has(call))) return 'end'
  return null
}

function acknowledged(
  { flags, ack }: Kind<'arrival'>['packet']['segment']['tcp'],
  sent: readonly Kind<'departure'>[],
): { acksSyn: boolean | null; acksFin: boolean | null } {
  const covers = (flag: 'SYN' | 'FIN') => {
    const own = sent.find(({ packet }) => packet.segment.tcp.flags.includes(flag))
    if (!own) return null
    const { segment } = own.packet
    const end = (segment.tcp.seq + spaceOf(segment)) >>> 0
    return flags.includes('ACK') && (ack - end) >>> 0 < 0x80000000
  }
  return { acksSyn: covers('SYN'), acksFin: covers('FIN') }
}

/** What the host's table said of the connection, each time that it was read; of a long time without change the two ends. */
export function looksOf(own: Placed, connection: ConnectionId, timeline: Timeline): Look[] {
  const looks: Look[] = []
  let since = 0
  let isBetween = false
  for (const [place, happening] of own) {
    if (happening.kind !== 'table') {
      if (happening.connection === connection || happening.connection === null) isBetween = true
      continue
    }
    const { table, earliestNs: beginNs } = happening
    const state = stateIn(table.lines, connection, timeline)
    const look = { place, state, beginNs, endNs: beginNs + table.tookNs }
    const [last, beforeLast] = [looks.at(-1), looks.at(-2)]
    const isMore = !isBetween && last?.state === state && beforeLast?.state === state && looks.length - since >= 2
    if (isMore) looks.pop()
    else if (isBetween) since = looks.length
    looks.push(look)
    isBetween = false
  }
  return looks
}

function stateIn(lines: Kind<'table'>['table']['lines'], connection: ConnectionId, timeline: Timeline): TcpState {
  const line = lines.findLast(candidate => timeline.nameOf(candidate) === connection)
  return (line && fromProc(line.state)) ?? 'CLOSED'
}
