import { describe, expect, test } from 'vitest'
import type { Evidence, SeenSegment, SocketCall, StateChange, TimerEvent } from '../../src/evidence/evidence.ts'
import {
  connectionsBetween,
  evidenceOf,
  isFirstState,
  isState,
  latest,
  sameConnection,
  sameMoment,
  stateAfter,
  stateBefore,
  stateMeanwhile,
  stimuli,
} from '../../src/evidence/query.ts'
import type { TcpState } from '../../src/tcp/states.ts'

const CONNECTION = '198.18.0.1:40000-198.18.0.2:5000'
const REVERSED = '198.18.0.2:5000-198.18.0.1:40000'

function evidence(parts: Partial<Evidence>): Evidence {
  return {
    hosts: { client: '198.18.0.1', server: '198.18.0.2', other: '198.18.0.3' },
    segments: [],
    states: [],
    calls: [],
    readings: [],
    timers: [],
    counters: {},
    captureDrops: 0,
    gaps: [],
    ...parts,
  }
}

function change(
  n: number,
  tMs: number,
  host: string,
  from: TcpState,
  to: TcpState,
  connection = CONNECTION,
): StateChange {
  return { n, tMs, host, connection, from, to, witness: 'tracepoint' }
}

function call(n: number, tMs: number, host: string, name: SocketCall['call'], connection: string | null = CONNECTION) {
  return { n, tMs, host, connection, call: name }
}

function segment(from: string, to: string, departed: [number, number], arrived: [number, number] | null): SeenSegment {
  return {
    id: departed[0],
    from,
    to,
    connection: CONNECTION,
    flags: ['ACK'],
    seq: 1,
    ack: 1,
    length: 0,
    window: 1,
    departed: { n: departed[0], tMs: departed[1] },
    arrived: arrived && { n: arrived[0], tMs: arrived[1] },
    lost: null,
  }
}

const at = (n: number, tMs: number) => ({ n, tMs })

describe('the state after an event', () => {
  // A FIN arrives, the ACK for it leaves, and only then does the kernel enter TIME_WAIT: all in one softirq.
  const closing = evidence({
    segments: [segment('server', 'client', [1, 0], [2, 20]), segment('client', 'server', [3, 20], [5, 40])],
    states: [change(0, -5, 'client', 'FIN_WAIT_1', 'FIN_WAIT_2'), change(4, 20, 'client', 'FIN_WAIT_2', 'TIME_WAIT')],
  })

  test('takes in what its kernel still does in the same moment', () => {
    expect(stateAfter(closing, 'client', CONNECTION, at(2, 20)).state).toBe('TIME_WAIT')
    expect(stateAfter(closing, 'client', CONNECTION, at(3, 20)).state).toBe('TIME_WAIT')
    expect(stateAfter(closing, 'client', CONNECTION, at(1, 0)).state).toBe('FIN_WAIT_2')
  })

  test('names the change that it is known from', () => {
    expect(stateAfter(closing, 'client', CONNECTION, at(3, 20)).change?.n).toBe(4)
  })

  test('knows a connection from either end', () => {
    expect(stateAfter(closing, 'client', REVERSED, at(3, 20)).state).toBe('TIME_WAIT')
  })

  test('ends at the next stimulus, though that comes in the same moment', () => {
    const data = segment('client', 'server', [1, 10], [6, 30])
    for (const stimulus of [
      { calls: [call(2, 10, 'client', 'end')] },
      { calls: [call(2, 10, 'client', 'end', null)] },
      { segments: [data, segment('server', 'client', [0, -10], [2, 10])] },
      {
        timers: [
          {
            n: 2,
            tMs: 10,
            host: 'client',
            connection: CONNECTION,
            timer: 'request',
            event: 'expired',
            tick: 1,
          } satisfies TimerEvent,
        ],
      },
    ]) {
      const seen = evidence({
        segments: [data],
        states: [
          change(0, 0, 'client', 'SYN_SENT', 'ESTABLISHED'),
          change(3, 10, 'client', 'ESTABLISHED', 'FIN_WAIT_1'),
        ],
        ...stimulus,
      })
      expect(stateAfter(seen, 'client', CONNECTION, at(1, 10)).state).toBe('ESTABLISHED')
      expect(stateAfter(seen, 'client', CONNECTION, at(2, 10)).state).toBe('FIN_WAIT_1')
    }
  })

  test('is not ended by what moves no kernel, or another host, or another connection', () => {
    for (const calls of [
      [call(2, 10, 'client', 'listen', null)],
      [call(2, 10, 'client', 'accept')],
      [call(2, 10, 'server', 'end')],
      [call(2, 10, 'client', 'end', '198.18.0.1:40001-198.18.0.2:5000')],
    ]) {
      const seen = evidence({ calls, states: [change(3, 10, 'client', 'CLOSED', 'SYN_SENT')] })
      expect(stateAfter(seen, 'client', CONNECTION, at(1, 10)).state).toBe('SYN_SENT')
    }
  })

  test('does not take in what comes later, but for a microsecond and what the clocks leave open', () => {
    const later = (tMs: number, uncertainMs?: number) =>
      evidence({
        states: [{ ...change(3, tMs, 'client', 'CLOSED', 'SYN_SENT'), ...(uncertainMs ? { uncertainMs } : {}) }],
      })
    expect(stateAfter(later(10.001), 'client', CONNECTION, at(1, 10)).state).toBe('SYN_SENT')
    expect(stateAfter(later(10.0021), 'client', CONNECTION, at(1, 10)).state).toBe('CLOSED')
    expect(stateAfter(later(10.0021, 0.002), 'client', CONNECTION, at(1, 10)).state).toBe('SYN_SENT')
    expect(stateAfter(later(10.0021), 'client', CONNECTION, { ...at(1, 10), uncertainMs: 0.002 }).state).toBe(
      'SYN_SENT',
    )
  })
})

describe('the state before an event', () => {
  test('is known by the order, not by the clock', () => {
    const seen = evidence({ states: [change(3, 10, 'client', 'CLOSED', 'SYN_SENT')] })
    expect(stateBefore(seen, 'client', CONNECTION, at(3, 10)).state).toBe('CLOSED')
    expect(stateBefore(seen, 'client', CONNECTION, at(4, 10)).state).toBe('SYN_SENT')
  })

  test('is LISTEN where the host listens at its end, from then on and until it does not', () => {
    const listener = (n: number, from: TcpState, to: TcpState, port = 5000) =>
      change(n, n, 'server', from, to, `198.18.0.2:${port}-*`)
    const seen = evidence({ states: [listener(1, 'CLOSED', 'LISTEN'), listener(5, 'LISTEN', 'CLOSED')] })
    const states = [0, 2, 6].map(n => stateBefore(seen, 'server', CONNECTION, at(n, n)).state)
    expect(states).toEqual(['CLOSED', 'LISTEN', 'CLOSED'])
    expect(stateBefore(seen, 'client', CONNECTION, at(2, 2)).state).toBe('CLOSED')
    const elsewhere = evidence({ states: [listener(1, 'CLOSED', 'LISTEN', 5001)] })
    expect(stateBefore(elsewhere, 'server', CONNECTION, at(2, 2)).state).toBe('CLOSED')
  })

  test('is CLOSED after a connection is over, though its listener goes on', () => {
    const seen = evidence({
      states: [
        change(0, 0, 'server', 'CLOSED', 'LISTEN', '198.18.0.2:5000-*'),
        change(1, 1, 'server', 'LISTEN', 'SYN_RCVD'),
        change(2, 2, 'server', 'SYN_RCVD', 'CLOSED'),
      ],
    })
    const held = stateBefore(seen, 'server', CONNECTION, at(3, 3))
    expect(held).toMatchObject({ state: 'CLOSED', listens: true, change: { n: 2 } })
    expect(isState(held, 'CLOSED')).toBe(true)
    // RFC 9293, 3.10.7.4: a passive open that is reset returns to LISTEN.
    expect(isState(held, 'LISTEN')).toBe(true)
    expect(isState(held, 'SYN_RCVD')).toBe(false)
    const last = { ...held, change: change(2, 2, 'server', 'LAST_ACK', 'CLOSED') }
    expect(isState(last, 'LISTEN')).toBe(false)
    expect(isFirstState(last, 'LISTEN')).toBe(true)
    expect(isFirstState({ ...last, listens: false }, 'LISTEN')).toBe(false)
    expect(isState({ ...held, listens: false }, 'LISTEN')).toBe(false)
  })
})

describe('the state meanwhile, at the other host', () => {
  const both = [change(2, 10, 'server', 'ESTABLISHED', 'FIN_WAIT_1')]

  test('takes in what happens there in the same moment', () => {
    const seen = evidence({ states: both })
    expect(stateMeanwhile(seen, 'server', CONNECTION, at(1, 10)).state).toBe('FIN_WAIT_1')
    expect(stateMeanwhile(seen, 'server', CONNECTION, at(1, 9)).state).toBe('CLOSED')
  })

  test('but not what the event itself has brought about', () => {
    const seen = evidence({ states: both, segments: [segment('client', 'server', [0, 10], [1, 10])] })
    expect(stateMeanwhile(seen, 'server', CONNECTION, at(0, 10)).state).toBe('CLOSED')
  })
})

test('connections have two names', () => {
  expect(sameConnection(CONNECTION, REVERSED)).toBe(true)
  expect(sameConnection(CONNECTION, '198.18.0.1:40000-198.18.0.2:5001')).toBe(false)
  expect(sameConnection(CONNECTION, null)).toBe(false)
  expect(sameConnection('198.18.0.2:5000-*', CONNECTION)).toBe(false)
})

test('connections between two hosts, each once, listeners and strangers left out', () => {
  const second = '198.18.0.1:40001-198.18.0.2:5000'
  const seen = evidence({
    segments: [
      segment('client', 'server', [1, 0], null),
      { ...segment('server', 'client', [2, 0], null), connection: REVERSED },
    ],
    states: [
      change(0, 0, 'server', 'CLOSED', 'LISTEN', '198.18.0.2:5000-*'),
      change(3, 0, 'server', 'LISTEN', 'SYN_RCVD', '198.18.0.3:1-198.18.0.2:5000'),
    ],
    calls: [call(4, 0, 'client', 'connect', second)],
  })
  expect(connectionsBetween(seen, 'client', 'server')).toEqual([CONNECTION, second])
  expect(connectionsBetween(seen, 'server', 'client')).toEqual([CONNECTION, second])
})

test("a connection's own evidence: itself, listeners, calls that name none; in order", () => {
  const seen = evidence({
    states: [
      change(5, 5, 'client', 'CLOSED', 'SYN_SENT'),
      change(1, 1, 'server', 'CLOSED', 'LISTEN', '198.18.0.2:5000-*'),
    ],
    calls: [call(4, 4, 'client', 'connect', '198.18.0.1:40001-198.18.0.2:5000'), call(0, 0, 'server', 'listen', null)],
  })
  const own = evidenceOf(seen, CONNECTION)
  expect(own.states.map(({ n }) => n)).toEqual([1, 5])
  expect(own.calls.map(({ n }) => n)).toEqual([0])
})

test('stimuli come in order', () => {
  const seen = evidence({
    segments: [segment('server', 'client', [1, 0], [6, 20]), segment('client', 'server', [2, 0], [5, 20])],
    calls: [call(4, 3, 'client', 'write')],
  })
  expect(stimuli(seen, 'client', CONNECTION).map(({ n }) => n)).toEqual([4, 6])
  expect(latest(seen)?.n).toBe(6)
  expect(latest(evidence({}))).toBeNull()
})

test('a microsecond is one moment', () => {
  expect(sameMoment(at(1, 1000.1), at(2, 1000.101))).toBe(true)
  expect(sameMoment(at(1, 1000.1), at(2, 1000.102))).toBe(false)
})
