import { fromTrace, type TcpState } from '../tcp/states.ts'

/** What one line of the kernel's trace says. Times are nanoseconds of CLOCK_MONOTONIC, printed to the microsecond. */
export type TraceRecord = At & TraceEvent

interface At {
  readonly tNs: number
}

type TraceEvent =
  | Packet<'sent'>
  | Packet<'received'>
  | { readonly kind: 'dropped'; readonly skb: string; readonly reason: string }
  | {
      readonly kind: 'state'
      readonly local: string
      readonly remote: string
      readonly from: TcpState
      readonly to: TcpState
    }
  | { readonly kind: 'timer-started'; readonly timer: string; readonly role: TimerRole; readonly tick: number }
  | { readonly kind: 'timer-expired'; readonly timer: string; readonly role: TimerRole; readonly tick: number }
  | { readonly kind: 'call'; readonly host: string; readonly ordinal: number }
  /** The buffer had no room for so many. */
  | { readonly kind: 'overrun'; readonly events: number }

interface Packet<K> {
  readonly kind: K
  readonly device: string
  readonly skb: string
  readonly length: number
}

type TimerRole = 'request' | 'timewait'

/** net_dev_start_xmit counts the Ethernet header, netif_receive_skb does not. */
const ETHERNET_HEADER = 14

/** Null for a line that says nothing of interest here. */
export function parseTraceLine(line: string): TraceRecord | null {
  const [, events] = /\[LOST (\d+) EVENTS\]/.exec(line) ?? []
  if (events !== undefined) return { tNs: 0, kind: 'overrun', events: Number(events) }
  const [, seconds, micros, event, rest] = /\s(\d+)\.(\d{6}): (\w+): (.*)$/.exec(line) ?? []
  if (seconds === undefined || micros === undefined || event === undefined || rest === undefined) return null
  const tNs = (Number(seconds) * 1_000_000 + Number(micros)) * 1000
  const read = READERS[event]
  return read ? read(rest, tNs) : null
}

type Reader = (rest: string, tNs: number) => TraceRecord | null

const READERS: Readonly<Record<string, Reader | undefined>> = {
  net_dev_start_xmit: (rest, tNs) => packet('sent', rest, tNs, ETHERNET_HEADER),
  netif_receive_skb: (rest, tNs) => packet('received', rest, tNs, 0),
  kfree_skb: (rest, tNs) => ({
    tNs,
    kind: 'dropped',
    skb: field(rest, 'skbaddr'),
    reason: / reason: (\w+)/.exec(rest)?.[1] ?? 'unknown',
  }),
  inet_sock_set_state: readState,
  timer_start: (rest, tNs) => {
    const role = timerRole(rest)
    const tick = Number(field(rest, 'bucket_expiry'))
    return role && { tNs, kind: 'timer-started', timer: field(rest, 'timer'), role, tick }
  },
  timer_expire_entry: (rest, tNs) => {
    const role = timerRole(rest)
    return role && { tNs, kind: 'timer-expired', timer: field(rest, 'timer'), role, tick: Number(field(rest, 'now')) }
  },
  tracing_mark_write: (rest, tNs) => {
    const [, host, ordinal] = /^handwave (\S+) (\d+)$/.exec(rest) ?? []
    return host === undefined ? null : { tNs, kind: 'call', host, ordinal: Number(ordinal) }
  },
}

function packet(kind: 'sent' | 'received', rest: string, tNs: number, header: number): TraceRecord {
  const length = Number(field(rest, 'len')) - header
  return { tNs, kind, device: field(rest, 'dev'), skb: field(rest, 'skbaddr'), length }
}

function readState(rest: string, tNs: number): TraceRecord | null {
  const from = fromTrace(field(rest, 'oldstate'))
  const to = fromTrace(field(rest, 'newstate'))
  if (!from || !to || from === to) return null
  return {
    tNs,
    kind: 'state',
    local: `${field(rest, 'saddr')}:${field(rest, 'sport')}`,
    remote: `${field(rest, 'daddr')}:${field(rest, 'dport')}`,
    from,
    to,
  }
}

function timerRole(rest: string): TimerRole | null {
  const name = field(rest, 'function')
  if (name === 'tw_timer_handler') return 'timewait'
  return name === 'reqsk_timer_handler' ? 'request' : null
}

function field(rest: string, name: string): string {
  return new RegExp(`(?:^| )${name}=(\\S+)`).exec(rest)?.[1] ?? ''
}
