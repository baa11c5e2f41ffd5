import { describe, expect, it } from 'vitest'
import { mergeEvidence } from '../../src/evidence/merge.ts'
import type { ObservedHost, Sighting } from '../../src/evidence/observations.ts'
import { parseTraceLine } from '../../src/evidence/trace-lines.ts'
import type { Flag } from '../../src/tcp/segment.ts'
import { heard } from './observed.ts'

const WIRE = { name: 'wire', device: 'h1' }
const CLIENT = { name: 'client', address: '198.18.0.2', device: 'h2' }
const SERVER = { name: 'server', address: '198.18.0.3', device: 'h3' }
const CONNECTION = '198.18.0.2:40000-198.18.0.3:5000'
const BARE = 40

/** Lines as tracefs prints them; times in microseconds. */
const line = (us: number, event: string, rest: string) =>
  `          <idle>-0       [000] ..s..     ${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}: ${event}: ${rest}`
/** A packet that leaves an endpoint is at the wire at once. */
const sent = (us: number, device: string, skb: string) => `${left(us, device, skb)}\n${received(us, WIRE.device, skb)}`
const left = (us: number, device: string, skb: string) =>
  line(
    us,
    'net_dev_start_xmit',
    `dev=${device} queue_mapping=0 skbaddr=${skb} protocol=0x0800 ip_summed=0 len=${BARE + 14} data_len=0`,
  )
const received = (us: number, device: string, skb: string) =>
  line(us, 'netif_receive_skb', `dev=${device} skbaddr=${skb} len=${BARE}`)
const dropped = (us: number, skb: string) =>
  line(us, 'kfree_skb', `skbaddr=${skb} rx_sk=0 protocol=2048 location=nft_do_chain+0x3aa/0x5f0 reason: NETFILTER_DROP`)
const state = (us: number, [own, other]: readonly [number, number], from: string, to: string) => {
  const address = (port: number) => (port === 40000 ? CLIENT.address : port === 5000 ? SERVER.address : '0.0.0.0')
  const ends = `sport=${own} dport=${other} saddr=${address(own)} daddr=${address(other)}`
  return line(
    us,
    'inet_sock_set_state',
    `family=AF_INET protocol=IPPROTO_TCP ${ends} saddrv6=:: daddrv6=:: oldstate=TCP_${from} newstate=TCP_${to}`,
  )
}
const started = (us: number, timer: string, kind: string, tick: number) =>
  line(
    us,
    'timer_start',
    `timer=${timer} function=${kind}_timer_handler expires=${tick - 5} [timeout=6000] bucket_expiry=${tick} cpu=0`,
  )
const expired = (us: number, timer: string, kind: string, tick: number) =>
  line(us, 'timer_expire_entry', `timer=${timer} function=${kind}_timer_handler now=${tick} baseclk=${tick}`)

const AT_CLIENT = [40000, 5000] as const
const AT_SERVER = [5000, 40000] as const

function segment(from: 'client' | 'server', flags: readonly Flag[], number: number, us: number): Sighting {
  return { ...heard(from, flags, number), tNs: us * 1000 }
}

interface Heard {
  /** What the wire heard from this host. */
  readonly departures?: readonly Sighting[]
  readonly arrivals?: readonly Sighting[]
  readonly tables?: ObservedHost['tables']
  readonly calls?: ObservedHost['calls']
  readonly counters?: ObservedHost['counters']
}

const host = (who: typeof CLIENT, heard: Heard): ObservedHost => ({
  ...who,
  arrivals: [],
  tables: [],
  calls: [],
  counters: null,
  ...heard,
})

function merge(lines: readonly string[], client: Heard, server: Heard, drops = 0) {
  const trace = lines
    .flatMap(text => text.split('\n'))
    .map(parseTraceLine)
    .filter(record => record !== null)
  const heard = [...(client.departures ?? []), ...(server.departures ?? [])].sort((a, b) => a.tNs - b.tNs)
  const wire = { ...WIRE, heard }
  const hosts = [host(CLIENT, client), host(SERVER, server)]
  return mergeEvidence({
    hosts,
    wire,
    trace,
    drops,
    held: new Set(),
    isComplete: true,
    untilNs: Number.POSITIVE_INFINITY,
  })
}

const syn = (us: number) => segment('client', ['SYN'], 100, us)
const fin = (us: number) => segment('server', ['FIN', 'ACK'], 300, us)

describe('a segment', () => {
  it('arrives where the kernel sees the same packet come in', () => {
    const { segments, gaps } = merge(
      [sent(1000, 'h2', 'a'), received(21_000, 'h3', 'a')],
      { departures: [syn(1000)] },
      { arrivals: [syn(21_000)] },
    )
    expect(segments).toMatchObject([
      {
        from: 'client',
        to: 'server',
        connection: CONNECTION,
        seq: 100,
        ack: null,
        departed: { tMs: 0 },
        arrived: { tMs: 20 },
        lost: null,
      },
    ])
    expect(gaps).toEqual([])
  })

  it('is lost where the kernel drops it, and its copy is not taken for it', () => {
    const lines = [sent(1000, 'h2', 'a'), dropped(1000, 'a'), sent(5000, 'h2', 'b'), received(25_000, 'h3', 'b')]
    const { segments } = merge(lines, { departures: [syn(1000), syn(5000)] }, { arrivals: [syn(25_000)] })
    expect(segments.map(({ arrived, lost }) => ({ arrived: arrived?.tMs, lost }))).toEqual([
      { arrived: undefined, lost: { by: 'NETFILTER_DROP' } },
      { arrived: 24, lost: null },
    ])
  })

  it('that a sniffer did not hear is a gap', () => {
    const { gaps } = merge([sent(1000, 'h2', 'a'), received(21_000, 'h3', 'a')], { departures: [syn(1000)] }, {})
    expect(gaps).toEqual(["server's sniffer did not hear 1 segments that its kernel received."])
  })

  it('that the kernel was not seen to send is a gap', () => {
    expect(merge([], { departures: [syn(1000)] }, {}).gaps).toEqual([
      'The wire heard 1 segments that no kernel was seen to send.',
    ])
    expect(merge([], {}, { arrivals: [syn(1000)] }).gaps).toEqual([
      "server's sniffer heard 1 segments that nobody was seen to send.",
    ])
  })
})

describe("the kernels' counters", () => {
  const counters = { left: 1, outSegs: 1, retransSegs: 0, inSegs: 0, outRsts: 0, tcpExt: {} }

  it('agree with a whole capture', () => {
    expect(merge([sent(1000, 'h2', 'a'), dropped(1000, 'a')], { departures: [syn(1000)], counters }, {}).gaps).toEqual(
      [],
    )
  })

  it('tell of every miss', () => {
    const more = { ...counters, left: 2, inSegs: 2 }
    expect(
      merge([sent(1000, 'h2', 'a'), dropped(1000, 'a')], { departures: [syn(1000)], counters: more }, {}, 3).gaps,
    ).toEqual([
      "client's kernel counts 2 departures, captured were 1.",
      "client's kernel counts 2 arrivals, captured were 0.",
      'The sniffers had no room for 3 segments.',
    ])
  })

  it('once read, leave nothing on its way', () => {
    const evidence = merge([sent(1000, 'h2', 'a')], { departures: [syn(1000)], counters }, {})
    expect(evidence.gaps).toEqual(['What became of 1 segments was not seen.'])
  })
})

describe('states', () => {
  it('of a passive opening begin with the request, not with its child', () => {
    const lines = [
      state(500, [5000, 0], 'CLOSE', 'LISTEN'),
      sent(1000, 'h2', 'a'),
      received(21_000, 'h3', 'a'),
      started(21_000, 'r1', 'reqsk', 7),
      state(61_000, [5000, 0], 'LISTEN', 'SYN_RECV'),
      state(61_000, AT_SERVER, 'SYN_RECV', 'ESTABLISHED'),
    ]
    const { states } = merge(lines, { departures: [syn(1000)] }, { arrivals: [syn(21_000)] })
    expect(states.map(({ connection, from, to, witness }) => [connection, from, to, witness])).toEqual([
      ['198.18.0.3:5000-*', 'CLOSED', 'LISTEN', 'tracepoint'],
      [CONNECTION, 'LISTEN', 'SYN_RCVD', 'timer'],
      [CONNECTION, 'SYN_RCVD', 'ESTABLISHED', 'tracepoint'],
    ])
  })

  it('of a passive opening begin with its child, where the SYN has brought data', () => {
    const { states } = merge(
      [
        sent(1000, 'h2', 'a'),
        received(21_000, 'h3', 'a'),
        state(21_000, [5000, 0], 'LISTEN', 'SYN_RECV'),
        sent(22_000, 'h2', 'b'),
        received(42_000, 'h3', 'b'),
        state(42_000, AT_SERVER, 'SYN_RECV', 'ESTABLISHED'),
      ],
      { departures: [syn(1000), segment('client', ['ACK'], 101, 22_000)] },
      { arrivals: [syn(21_000), segment('client', ['ACK'], 101, 42_000)] },
    )
    expect(states).toMatchObject([
      { host: 'server', connection: CONNECTION, from: 'LISTEN', to: 'SYN_RCVD', tMs: 20, witness: 'tracepoint' },
      { host: 'server', connection: CONNECTION, from: 'SYN_RCVD', to: 'ESTABLISHED', tMs: 41 },
    ])
  })

  it('TIME_WAIT lasts from the start of its timer to its end, through restarts', () => {
    const lines = [
      state(500, AT_CLIENT, 'CLOSE', 'SYN_SENT'),
      sent(1000, 'h3', 'a'),
      received(21_000, 'h2', 'a'),
      started(21_000, 't1', 'tw', 6007),
      state(21_000, AT_CLIENT, 'FIN_WAIT2', 'CLOSE'),
      sent(251_000, 'h3', 'b'),
      received(271_000, 'h2', 'b'),
      started(271_000, 't1', 'tw', 6519),
      expired(65_000_000, 't1', 'tw', 6519),
    ]
    const { states, timers } = merge(
      lines,
      { arrivals: [fin(21_000), fin(271_000)] },
      { departures: [fin(1000), fin(251_000)] },
    )
    expect(states.slice(1).map(({ from, to, tMs, witness }) => [from, to, tMs, witness])).toEqual([
      ['FIN_WAIT_2', 'TIME_WAIT', 20, 'tracepoint'],
      ['TIME_WAIT', 'CLOSED', 64_999, 'timer'],
    ])
    expect(timers.map(({ event, tick }) => [event, tick])).toEqual([
      ['started', 6007],
      ['started', 6519],
      ['expired', 6519],
    ])
  })

  it('FIN_WAIT_2 goes on without its socket where no FIN has come', () => {
    const lines = [
      state(500, AT_CLIENT, 'CLOSE', 'SYN_SENT'),
      state(600, AT_CLIENT, 'FIN_WAIT1', 'FIN_WAIT2'),
      started(700, 't1', 'tw', 6007),
      state(700, AT_CLIENT, 'FIN_WAIT2', 'CLOSE'),
      expired(60_000_000, 't1', 'tw', 6007),
    ]
    expect(merge(lines, {}, {}).states.map(({ to }) => to)).toEqual(['SYN_SENT', 'FIN_WAIT_2', 'CLOSED'])
  })
})

describe('the one order', () => {
  it('is that of the trace, and a reading shows what came before it', () => {
    const lines = [
      sent(1000, 'h2', 'a'),
      received(21_000, 'h3', 'a'),
      started(21_000, 'r1', 'reqsk', 7),
      sent(21_000, 'h3', 'b'),
    ]
    const local = '198.18.0.3:5000'
    // The trace rounds to the nearest microsecond; a reading's own stamp may lie a little before that.
    const tables = [
      {
        tNs: 20_999_600,
        tookNs: 0,
        lines: [{ local, remote: '198.18.0.2:40000', state: '03', timer: 1, remainingMs: 1000 }],
      },
    ]
    const synAck = segment('server', ['SYN', 'ACK'], 300, 21_000)
    const evidence = merge(
      lines,
      { departures: [syn(1000)] },
      { departures: [synAck], arrivals: [syn(21_000)], tables },
    )
    expect(evidence.readings).toMatchObject([{ state: 'SYN_RCVD', timer: 'retransmit', remainingMs: 1000, tMs: 20 }])
    expect(evidence.readings[0]?.n).toBeGreaterThan(evidence.segments[1]?.departed.n ?? Number.POSITIVE_INFINITY)
    const order = [
      evidence.segments[0]?.departed.n,
      evidence.segments[0]?.arrived?.n,
      evidence.states[0]?.n,
      evidence.segments[1]?.departed.n,
    ]
    expect(order).toEqual([...order].sort((a, b) => (a ?? 0) - (b ?? 0)))
  })

  it('places a call where its mark stands', () => {
    const lines = [line(900, 'tracing_mark_write', 'handwave client 1'), sent(1000, 'h2', 'a')]
    const calls = [{ tNs: 5_000_000, ordinal: 1, call: 'connect', connection: CONNECTION }] as const
    expect(merge(lines, { departures: [syn(1000)], calls }, {}).calls).toMatchObject([
      { host: 'client', call: 'connect', tMs: -0.1, n: 0 },
    ])
  })
})

it('a line that says nothing of interest is none', () => {
  expect(parseTraceLine(line(1, 'icmp_send', 'something else'))).toBeNull()
  expect(parseTraceLine(line(1, 'tracing_mark_write', 'something else'))).toBeNull()
  expect(parseTraceLine(line(1, 'timer_start', 'timer=a function=process_timeout expires=1'))).toBeNull()
})

it('a trace that had no room for all is a gap', () => {
  expect(merge(['CPU:0 [LOST 12 EVENTS]'], {}, {}).gaps).toEqual(["The kernel's trace had no room for 12 events."])
})

it('a complaint names the packet that it is about', () => {
  const text = 'icmp_send: type=3, code=1. From 198.18.0.2:0 to 198.18.0.3:0 ulen=0 skbaddr=0000000061ef8800'
  expect(parseTraceLine(line(1, 'icmp_send', text))).toMatchObject({
    kind: 'complained',
    skb: '0000000061ef8800',
    type: 3,
    code: 1,
  })
})
