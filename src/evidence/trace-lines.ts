import { fromTrace, type TcpState } from '../tcp/states.ts'

/** What one line of the kernel's trace says. Times are nanoseconds of CLOCK_MONOTONIC, printed to the microsecond. */
export type TraceRecord = At & TraceEvent

interface At {
  readonly tNs: number
  /** Who does it: a processor in an interrupt's wake, or a task, whichever processor that is on. Each does things in order. */
  readonly by: string
  readonly inSoftirq: boolean
}

type TraceEvent =
  | Packet<'sent'>
  | Packet<'received'>
  | { readonly kind: 'dropped'; readonly skb: string; readonly reason: string }
  /** Done with, without a drop. */
  | { readonly kind: 'consumed'; readonly skb: string }
  /** A host says by ICMP what is wrong with this packet. */
  | { readonly kind: 'complained'; readonly skb: string; readonly type: number; readonly code: number }
  | {
      readonly kind: 'state'
      readonly local: string
      readonly remote: string
      readonly from: TcpState
      readonly to: TcpState
    }
  | { readonly kind: 'timer-started'; readonly timer: string; readonly role: TimerRole; readonly tick: number }
  | { readonly kind: 'timer-expired'; readonly timer: string; readonly role: TimerRole; readonly tick: number }
  /** A request, or what stands for TIME_WAIT, is no more. */
  | { readonly kind: 'freed'; readonly object: string }
  | { readonly kind: 'call'; readonly host: string; readonly ordinal: number }
  /** The buffer had no room for so many. */
  | { readonly kind: 'overrun'; readonly events: number }

interface Packet<K> {
  readonly kind: K
  readonly device: string
  readonly skb: string
  readonly length: number
}

/** Timers that stand for a state, and those by which a kernel acts without being asked. */
type TimerRole = 'request' | 'timewait' | 'retransmit' | 'keepalive' | 'delayed-ack'

/** net_dev_start_xmit counts the Ethernet header, netif_receive_skb does not. */
const ETHERNET_HEADER = 14

/** Null for a line that says nothing of interest here. */
export function parseTraceLine(line: string): TraceRecord | null {
  const [, events] = /\[LOST (\d+) EVENTS\]/.exec(line) ?? []
  if (events !== undefined) return { ...NOWHERE, kind: 'overrun', events: Number(events) }
  const [, task, cpu, flags = '', seconds, micros, event = '', rest = ''] = LINE.exec(line) ?? []
  const told = READERS[event]?.(rest)
  if (!told) return null
  const tNs = (Number(seconds) * 1_000_000 + Number(micros)) * 1000
  const inSoftirq = /^..[sH]/.test(flags)
  return { tNs, by: inSoftirq ? `processor ${cpu}` : `task ${task}`, inSoftirq, ...told }
}

const NOWHERE: At = { tNs: 0, by: '', inSoftirq: false }

/** Task, processor, flags (interrupts off, reschedule, softirq, depth), time, event: Documentation/trace/ftrace.rst. */
const LINE = /-(\d+) +(?:\([^)]*\) +)?\[(\d+)\] (\S+) +(\d+)\.(\d{6}): (\w+): (.*)$/

type Reader = (rest: string) => TraceEvent | null

const READERS: Readonly<Record<string, Reader | undefined>> = {
  net_dev_start_xmit: rest => packet('sent', rest, ETHERNET_HEADER),
  netif_receive_skb: rest => packet('received', rest, 0),
  kfree_skb: rest => ({
    kind: 'dropped',
    skb: field(rest, 'skbaddr'),
    reason: / reason: (\w+)/.exec(rest)?.[1] ?? 'unknown',
  }),
  consume_skb: rest => ({ kind: 'consumed', skb: field(rest, 'skbaddr') }),
  icmp_send: rest => {
    const [, type, code, skb = ''] = /type=(\d+), code=(\d+)\..* skbaddr=(\S+)/.exec(rest) ?? []
    return type === undefined ? null : { kind: 'complained', skb, type: Number(type), code: Number(code) }
  },
  inet_sock_set_state: readState,
  timer_start: rest => {
    const role = timerRole(rest)
    const tick = Number(field(rest, 'bucket_expiry'))
    return role && { kind: 'timer-started', timer: field(rest, 'timer'), role, tick }
  },
  timer_expire_entry: rest => {
    const role = timerRole(rest)
    return role && { kind: 'timer-expired', timer: field(rest, 'timer'), role, tick: Number(field(rest, 'now')) }
  },
  kmem_cache_free: rest => ({ kind: 'freed', object: field(rest, 'ptr') }),
  tracing_mark_write: rest => {
    const [, host, ordinal] = /^handwave (\S+) (\d+)$/.exec(rest) ?? []
    return host === undefined ? null : { kind: 'call', host, ordinal: Number(ordinal) }
  },
}

function packet(kind: 'sent' | 'received', rest: string, header: number): TraceEvent {
  const length = Number(field(rest, 'len')) - header
  return { kind, device: field(rest, 'dev'), skb: field(rest, 'skbaddr'), length }
}

function readState(rest: string): TraceEvent | null {
  const from = fromTrace(field(rest, 'oldstate'))
  const to = fromTrace(field(rest, 'newstate'))
  if (!from || !to || from === to) return null
  return {
    kind: 'state',
    local: `${field(rest, 'saddr')}:${field(rest, 'sport')}`,
    remote: `${field(rest, 'daddr')}:${field(rest, 'dport')}`,
    from,
    to,
  }
}

function timerRole(rest: string): TimerRole | null {
  return ROLES[field(rest, 'function')] ?? null
}

const ROLES: Readonly<Record<string, TimerRole | undefined>> = {
  tw_timer_handler: 'timewait',
  reqsk_timer_handler: 'request',
  tcp_write_timer: 'retransmit',
  tcp_keepalive_timer: 'keepalive',
  tcp_delack_timer: 'delayed-ack',
}

function field(rest: string, name: string): string {
  return new RegExp(`(?:^| )${name}=(\\S+)`).exec(rest)?.[1] ?? ''
}
