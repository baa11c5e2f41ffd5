import { describe, expect, test } from 'vitest'
import type { Evidence, SeenSegment, SocketCall, StateChange, TimerEvent } from '../../src/evidence/evidence.ts'
import { connectionsBetween, evidenceOf, sameConnection } from '../../src/evidence/connections.ts'
import { isFirstState, isState, stateAfter, stateBefore, stateMeanwhile } from '../../src/evidence/held-state.ts'
import { latest, sameMoment } from '../../src/evidence/instants.ts'
import { stimuli } from '../../src/evidence/stimuli.ts'
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
          change(3, 10, 'client', 'ESTABLISHED', 'CLOSE_WAIT'),
        ],
        ...stimulus,
      })
      expect(stateAfter(seen, 'client', CONNECTION, at(1, 10)).state).toBe('ESTABLISHED')
      expect(stateAfter(seen, 'client', CONNECTION, at(2, 10)).state).toBe('CLOSE_WAIT')
    }
  })

  test('is not ended by what moves no kernel, or another host, or another connection', () => {
    for (const calls of [
      [call(2, 10, 'client', 'listen', null)],
      [call(2, 10, 'client', 'accept')],
      [call(2, 10, 'server', 'end')],
      [call(2, 10, 'client', 'end', '198.18.0.1:40001-198.18.0.2:5000')],
    ]) {
      const seen = evidence({ calls, states: [change(3, 10, 'client', 'SYN_SENT', 'ESTABLISHED')] })
      expect(stateAfter(seen, 'client', CONNECTION, at(1, 10)).state).toBe('ESTABLISHED')
    }
  })

  test('is ended by a call that nobody has marked: some changes have no other cause', () => {
    const states = [
      change(0, 0, 'client', 'SYN_SENT', 'ESTABLISHED'),
      change(3, 10, 'client', 'ESTABLISHED', 'FIN_WAIT_1'),
    ]
    expect(stateAfter(evidence({ states }), 'client', CONNECTION, at(1, 10)).state).toBe('ESTABLISHED')
    // A program's connection may be accepted before it calls.
    const accepted = evidence({ states, calls: [call(2, 9.5, 'client', 'accept')] })
    expect(stateAfter(accepted, 'client', CONNECTION, at(1, 9)).state).toBe('ESTABLISHED')
    const marked = evidence({ states, calls: [call(1, 9, 'client', 'end')] })
    expect(stateAfter(marked, 'client', CONNECTION, at(1, 9)).state).toBe('FIN_WAIT_1')
  })

  test('is ended by an abort that nobody has marked, unless an arrival or a timer may have put an end to it', () => {
    const states = [
      change(2, 10, 'client', 'ESTABLISHED', 'CLOSE_WAIT'),
      change(6, 1000, 'client', 'CLOSE_WAIT', 'CLOSED'),
    ]
    const after = (parts: Partial<Evidence>) => {
      const fin = segment('server', 'client', [0, 0], [1, 10])
      const seen = evidence({ ...parts, states, segments: [fin, ...(parts.segments ?? [])] })
      return stateAfter(seen, 'client', CONNECTION, at(1, 10)).state
    }
    expect(after({})).toBe('CLOSE_WAIT')
    for (const flags of [['RST'], ['PSH', 'ACK']] as const) {
      const last: SeenSegment = { ...segment('server', 'client', [4, 999], [5, 1000]), flags }
      expect(stimuli(evidence({ states, segments: [last] }), 'client', CONNECTION).map(({ n }) => n)).toEqual([5])
    }
    const gaveUp = {
      ...at(5, 1000),
      host: 'client',
      connection: CONNECTION,
      timer: 'retransmit',
      event: 'expired',
      tick: 1,
    } as const
    expect(stimuli(evidence({ states, timers: [gaveUp] }), 'client', CONNECTION).map(({ n }) => n)).toEqual([5])
  })

  test('takes in what the kernel does of it, however long that takes', () => {
    const later = evidence({ states: [change(3, 400, 'client', 'SYN_SENT', 'ESTABLISHED')] })
    expect(stateAfter(later, 'client', CONNECTION, at(1, 10)).state).toBe('ESTABLISHED')
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

  test('takes in what happens there at once', () => {
    const seen = evidence({ states: both })
    expect(stateMeanwhile(seen, 'server', CONNECTION, at(1, 9)).state).toBe('FIN_WAIT_1')
    expect(stateMeanwhile(seen, 'server', CONNECTION, at(1, 8.9)).state).toBe('CLOSED')
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
