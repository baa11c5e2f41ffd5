import { describe, expect, it } from 'vitest'
import type {
  Evidence,
  Instant,
  SeenSegment,
  SocketCall,
  StateChange,
  TimerEvent,
} from '../../src/evidence/evidence.ts'
import type { Capture, CapturedPacket, CapturedRow } from '../../src/lab/capture.ts'
import type { LabResult } from '../../src/lab/result.ts'
import { toPcapng } from '../../src/report/pcapng/file.ts'
import { readPcapng, texts } from './read-pcapng.ts'

const ONE = '198.18.0.2:40000-198.18.0.3:5000'
const OTHER = '198.18.0.2:40001-198.18.0.3:5000'
const BEGAN = Date.UTC(2026, 2, 1, 12)

const segment = (
  id: number,
  from: string,
  departed: Instant,
  arrived: Instant | null,
  connection = ONE,
): SeenSegment => ({
  id,
  from,
  to: from === 'client' ? 'server' : 'client',
  connection,
  flags: ['ACK'],
  seq: id,
  ack: 1,
  length: 0,
  window: 1,
  departed,
  arrived,
  lost: arrived ? null : { by: 'NETFILTER_DROP' },
})
const at = (n: number, tMs: number): Instant => ({ n, tMs })
const change = (n: number, tMs: number, host: string, from: string, to: string, more: Partial<StateChange> = {}) =>
  ({ n, tMs, host, connection: ONE, from, to, witness: 'tracepoint', ...more }) as StateChange
const call = (n: number, tMs: number, host: string, name: SocketCall['call'], connection: string | null = ONE) =>
  ({ n, tMs, host, call: name, connection }) satisfies SocketCall
const expired = (n: number, tMs: number, host: string): TimerEvent => {
  return { n, tMs, host, connection: ONE, timer: 'timewait', event: 'expired', tick: 1 }
}

/** Each segment at its sender, at the wire and, if it came there, at its receiver; out of order. */
function packetsOf(segments: readonly SeenSegment[]): CapturedPacket[] {
  return segments
    .flatMap(({ id, from, to, departed, arrived }) => {
      const base64 = Buffer.of(id).toString('base64')
      const packet = (vantage: string, direction: CapturedPacket['direction'], at: Instant) => [
        { vantage, segment: id, direction, at, base64 },
      ]
      return [
        ...(arrived ? packet(to, 'in', arrived) : []),
        ...packet(from, 'out', departed),
        ...packet('wire', 'through', departed),
      ]
    })
    .reverse()
}

interface Given extends Partial<Pick<Evidence, 'segments' | 'states' | 'calls' | 'timers' | 'gaps'>> {
  readonly packets?: readonly CapturedPacket[]
  readonly rows?: readonly CapturedRow[]
  readonly capture?: null
}

function resultOf({ packets, rows = [], capture, ...seen }: Given): LabResult {
  const evidence: Evidence = {
    hosts: { client: '198.18.0.2', server: '198.18.0.3' },
    segments: [],
    states: [],
    calls: [],
    readings: [],
    timers: [],
    counters: {},
    captureDrops: 0,
    gaps: [],
    ...seen,
  }
  const whole: Capture = {
    vantages: [
      { name: 'client', address: '198.18.0.2', drops: 0 },
      { name: 'server', address: '198.18.0.3', drops: 4 },
      { name: 'wire', address: '198.18.0.1', drops: 0 },
    ],
    packets: packets ?? packetsOf(evidence.segments),
    rows,
  }
  return {
    id: 'my-lab',
    case: 'one',
    title: 'A title',
    verdict: 'pass',
    reasons: [],
    labMs: 1,
    rows: [],
    picture: [],
    claims: [],
    numbers: [],
    edges: [],
    hosts: {},
    evidence,
    capture: capture === undefined ? whole : capture,
  }
}

/** What is to be read at each packet, by `interface:byte`. */
function commentsIn(given: Given): Record<string, readonly string[]> {
  const { interfaces, packets } = readPcapng(toPcapng(resultOf(given), BEGAN))
  const names = interfaces.map(({ options }) => texts(options, 2).join())
  return Object.fromEntries(packets.map(packet => [`${names[packet.interface]}:${packet.bytes[0]}`, packet.comments]))
}

describe('a file of a run', () => {
  const segments = [
    segment(0, 'client', at(1, 0), at(2, 20)),
    segment(1, 'server', at(3, 20), at(4, 40.001)),
    segment(2, 'client', at(5, 40.001), null),
  ]

  it('has an interface for every host and the wire, with what its sniffer had no room for', () => {
    const { section, interfaces, statistics } = readPcapng(toPcapng(resultOf({ segments, gaps: ['A gap.'] }), BEGAN))
    expect(texts(section, 1)).toEqual(['my-lab/one: A title', 'A gap.'])
    expect(interfaces.map(({ options }) => texts(options, 2).join())).toEqual(['client', 'server', 'wire'])
    expect(interfaces.map(({ options }) => texts(options, 3).join().split(',')[0])).toEqual([
      '198.18.0.2',
      '198.18.0.3',
      '198.18.0.1',
    ])
    const counts = statistics.map(({ interface: index, options }) => [
      index,
      ...[4, 5].map(code => options.get(code)?.[0]?.readBigUInt64LE()),
    ])
    expect(counts).toEqual([
      [0, 3n, 0n],
      [1, 6n, 4n],
      [2, 3n, 0n],
    ])
  })

  it('has packets in the order of causes and effects, and a host before the wire', () => {
    const { packets } = readPcapng(toPcapng(resultOf({ segments }), BEGAN))
    expect(packets.map(packet => [packet.interface, packet.bytes[0]])).toEqual([
      [0, 0],
      [2, 0],
      [1, 0],
      [1, 1],
      [2, 1],
      [0, 1],
      [0, 2],
      [2, 2],
    ])
  })

  it("has times that are the wall's and exact to the nanosecond", () => {
    const times = [0, 0.001, 20, 62_479.998, 60.127, 8_640_000.001, 86_400_000.003]
    const many = times.toSorted((a, b) => a - b).map((tMs, id) => segment(id, 'client', at(id, tMs), null))
    const { packets, statistics } = readPcapng(toPcapng(resultOf({ segments: many }), BEGAN))
    const sinceBegan = packets
      .filter(packet => packet.interface === 0)
      .map(({ atNs }) => atNs - BigInt(BEGAN) * 1_000_000n)
    expect(sinceBegan).toEqual([
      0n,
      1000n,
      20_000_000n,
      60_127_000n,
      62_479_998_000n,
      8_640_000_001_000n,
      86_400_000_003_000n,
    ])
    expect(statistics[0]?.atNs).toBe(BigInt(BEGAN) * 1_000_000n + 86_400_000_003_000n)
  })

  it('is one without packets where the run left none', () => {
    const { section, interfaces, packets } = readPcapng(
      toPcapng(resultOf({ capture: null, gaps: ['It broke.'] }), BEGAN),
    )
    expect(texts(section, 1)).toEqual(['my-lab/one: A title', 'It broke.'])
    expect([interfaces, packets]).toEqual([[], []])
  })
})

describe('a change of state is told', () => {
  const segments = [segment(0, 'client', at(10, 0), at(20, 20)), segment(1, 'server', at(30, 20), at(40, 40))]

  it('at the packet whose arrival set it off, even if another one left before it', () => {
    const states = [
      change(21, 20, 'server', 'LISTEN', 'SYN_RCVD'),
      // The stamp may be a microsecond later.
      change(35, 20.001, 'server', 'SYN_RCVD', 'ESTABLISHED'),
      change(41, 40, 'client', 'SYN_SENT', 'ESTABLISHED'),
    ]
    expect(commentsIn({ segments, states })).toEqual({
      'client:0': [],
      'wire:0': [],
      'server:0': ['server: LISTEN -> SYN_RCVD', 'server: SYN_RCVD -> ESTABLISHED'],
      'server:1': [],
      'wire:1': [],
      'client:1': ['client: SYN_SENT -> ESTABLISHED'],
    })
  })

  it('with its time at the packet before it, where a call, a timer or nobody knows what set it off', () => {
    const states = [
      change(44, 50.004, 'client', 'ESTABLISHED', 'FIN_WAIT_1'),
      change(47, 60_000.5, 'client', 'TIME_WAIT', 'CLOSED', { witness: 'timer' }),
      change(48, 70_000, 'server', 'SYN_SENT', 'CLOSED'),
    ]
    const calls = [call(43, 50, 'client', 'end'), call(5, 0, 'server', 'connect')]
    const comments = commentsIn({ segments, states, calls, timers: [expired(46, 60_000.5, 'client')] })
    expect(comments['client:1']).toEqual([
      'client: ESTABLISHED -> FIN_WAIT_1 at 50.004 ms (end)',
      'client: TIME_WAIT -> CLOSED at 60000.500 ms (timer)',
    ])
    expect(comments['server:1']).toEqual(['server: SYN_SENT -> CLOSED at 70000.000 ms'])
  })

  it('without the call before it, where that was long ago', () => {
    const lost = [segment(0, 'client', at(2, 0), null), segment(1, 'client', at(3, 1000), null)]
    const states = [change(1, 0, 'client', 'CLOSED', 'SYN_SENT'), change(4, 3000, 'client', 'SYN_SENT', 'CLOSED')]
    const comments = commentsIn({ segments: lost, states, calls: [call(0, 0, 'client', 'connect')] })
    expect(comments['client:0']).toContain('client: CLOSED -> SYN_SENT at 0.000 ms (connect)')
    expect(comments['client:1']).toContain('client: SYN_SENT -> CLOSED at 3000.000 ms')
  })

  it('at the first packet where it came before all of them', () => {
    const listener = { connection: '198.18.0.3:5000-*' }
    const states = [change(2, -3, 'server', 'CLOSED', 'LISTEN', listener), change(9, 0, 'client', 'CLOSED', 'SYN_SENT')]
    const calls = [call(1, -3, 'server', 'listen', null), call(8, 0, 'client', 'connect')]
    const comments = commentsIn({ segments, states, calls })
    expect(comments['server:0']).toEqual(['server: CLOSED -> LISTEN at -3.000 ms (listen)'])
    expect(comments['client:0']).toEqual(['client: CLOSED -> SYN_SENT at 0.000 ms (connect)'])
  })

  it('at its host, where that saw no packet at all', () => {
    const states = [change(2, 0, 'server', 'CLOSED', 'LISTEN', { connection: '198.18.0.3:5000-*' })]
    const lost = [segment(0, 'client', at(1, 0), null)]
    const { interfaces } = readPcapng(toPcapng(resultOf({ segments: lost, states }), BEGAN))
    expect(interfaces.map(({ options }) => texts(options, 1))).toEqual([
      [],
      ['server: CLOSED -> LISTEN at 0.000 ms'],
      [],
    ])
  })

  it("with its connection's name where the packet is another's", () => {
    const states = [change(50, 90, 'client', 'SYN_SENT', 'CLOSED', { connection: OTHER })]
    expect(commentsIn({ segments, states })['client:1']).toEqual([`client (${OTHER}): SYN_SENT -> CLOSED at 90.000 ms`])
  })

  it('and no packet of another connection is blamed for it', () => {
    const two = [...segments, segment(2, 'server', at(45, 45), at(49, 50), OTHER)]
    const states = [change(50, 50, 'client', 'FIN_WAIT_1', 'FIN_WAIT_2')]
    expect(commentsIn({ segments: two, states })['client:2']).toEqual([
      `client (${ONE}): FIN_WAIT_1 -> FIN_WAIT_2 at 50.000 ms`,
    ])
  })
})

describe('a packet', () => {
  const segments = [segment(0, 'client', at(1, 0), at(2, 20)), segment(1, 'client', at(3, 20), null)]
  const row = (label: string, of: number, departs: boolean, arrives: boolean, problems: string[] = []) => {
    return { label, segment: of, departs, arrives, problems }
  }

  it('names the rows that show it leave or arrive, and what differs', () => {
    const rows = [
      row('2', 0, true, false),
      row('4', 0, false, true),
      row('2′', 1, true, true),
      row('5', 1, true, false, ['Oh.', 'No.']),
    ]
    expect(commentsIn({ segments, rows })).toEqual({
      'client:0': ['row 2'],
      'wire:0': ['row 2', 'row 4'],
      'server:0': ['row 4'],
      'client:1': ['row 2′', 'row 5 differs: Oh. No.', 'lost: NETFILTER_DROP'],
      'wire:1': ['row 2′', 'row 5 differs: Oh. No.', 'lost: NETFILTER_DROP'],
    })
  })

  it('that has no place in the evidence says so', () => {
    const stranger = { vantage: 'wire', segment: null, direction: 'through', at: at(99, 1), base64: 'CQ==' } as const
    expect(commentsIn({ packets: [stranger] })['wire:9']?.join()).toContain('not seen to send')
  })
})
