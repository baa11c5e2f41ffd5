import { describe, expect, it } from 'vitest'
import { stateAfter } from '../../src/evidence/held-state.ts'
import { stimuli } from '../../src/evidence/stimuli.ts'
import { CONNECTION, heard, Story } from './observed.ts'

const SYN = heard('client', ['SYN'], 100)
const FIN = heard('server', ['FIN', 'ACK'], 300)
const started = (timer: string, role: 'timewait' | 'request') =>
  ({ kind: 'timer-started', timer, role, tick: 7 }) as const
const expired = (timer: string, role: 'timewait' | 'request' | 'retransmit') =>
  ({ kind: 'timer-expired', timer, role, tick: 7 }) as const

const changes = (story: Story) =>
  story.evidence().states.map(({ host, from, to, witness }) => `${host} ${from} ${to} ${witness}`)

describe("a request's timer", () => {
  it('begins SYN_RCVD at the host that the SYN has just reached', () => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN).tell(started('ff10', 'request'))
    expect(changes(story)).toEqual(['server LISTEN SYN_RCVD timer'])
  })

  it("is another connection's where another processor starts it", () => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    expect(changes(story.on(1).tell(started('ff10', 'request')))).toEqual([])
  })

  it('is not that of a SYN of which nothing came, when the same processor has gone on to a packet of others', () => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    story.tell({ kind: 'received', device: 'lo', skb: 'z', length: 40 }).tell(started('ff10', 'request'))
    expect(changes(story)).toEqual([])
  })

  it("is not that of such a SYN either, when another connection's has run out and is started again", () => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    story.tell(expired('ff10', 'request')).tell(started('ff10', 'request'))
    expect(changes(story)).toEqual([])
  })

  it('may run out and be started again; its end is that of the request, which is seen', () => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    story.tell(started('ffff000000001098', 'request')).tell(expired('ffff000000001098', 'request'))
    story.tell(started('ffff000000001098', 'request')).tell({ kind: 'freed', object: 'ffff000000009000' })
    // Its neighbour in memory is freed.
    story.tell({ kind: 'freed', object: 'ffff000000000ec8' })
    expect(changes(story)).toEqual(['server LISTEN SYN_RCVD timer'])
    story.tell({ kind: 'freed', object: 'ffff000000001000' })
    expect(changes(story)).toEqual(['server LISTEN SYN_RCVD timer', 'server SYN_RCVD CLOSED tracepoint'])
  })
})

describe('what is left of a socket', () => {
  const closing = () => new Story().leaves('server', 'a', FIN).reaches('client', 'a', FIN)

  it('is TIME_WAIT where its timer was started just before', () => {
    const story = closing().tell(started('ff20', 'timewait')).state('client', 'FIN_WAIT_2', 'CLOSED')
    expect(changes(story.tell(expired('ff20', 'timewait')))).toEqual([
      'client FIN_WAIT_2 TIME_WAIT tracepoint',
      'client TIME_WAIT CLOSED timer',
    ])
  })

  it('is nothing where another processor started it, or something else happened in between', () => {
    const elsewhere = closing().on(1).tell(started('ff20', 'timewait')).on(0).state('client', 'FIN_WAIT_2', 'CLOSED')
    expect(changes(elsewhere)).toEqual(['client FIN_WAIT_2 CLOSED tracepoint'])
    const later = closing().tell(started('ff20', 'timewait')).goesOn('z').state('client', 'FIN_WAIT_2', 'CLOSED')
    expect(changes(later)).toEqual(['client FIN_WAIT_2 CLOSED tracepoint'])
  })

  it('is its own, though others close connections of theirs while its task is kept from going on', () => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    story.tell(started('ff20', 'timewait'), false).on(1).tell(started('ff21', 'timewait'), false)
    story.on(0).tell(started('ff22', 'timewait')).state('client', 'FIN_WAIT_2', 'CLOSED', false)
    expect(changes(story.tell(expired('ff21', 'timewait')).tell(expired('ff22', 'timewait')))).toEqual([])
    expect(changes(story.tell(expired('ff20', 'timewait')))).toEqual(['client FIN_WAIT_2 CLOSED timer'])
  })

  it('is FIN_WAIT_2 as long as no FIN has come, and TIME_WAIT once it has', () => {
    const orphan = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    orphan.tell(started('ff20', 'timewait'), false).state('client', 'FIN_WAIT_2', 'CLOSED', false)
    expect(changes(orphan)).toEqual([])
    orphan.leaves('server', 'b', FIN).reaches('client', 'b', FIN).tell(started('ff20', 'timewait'))
    expect(changes(orphan)).toEqual(['client FIN_WAIT_2 TIME_WAIT timer'])
    const { timers } = orphan.tell(expired('ff20', 'timewait')).evidence()
    expect(timers.map(({ timer, event }) => `${timer} ${event}`)).toEqual([
      'orphan started',
      'timewait started',
      'timewait expired',
    ])
  })
})

describe('a call that takes the port of what is left of a socket', () => {
  const dials = {
    kind: 'state',
    local: '198.18.0.2:0',
    remote: '198.18.0.3:5000',
    from: 'CLOSED',
    to: 'SYN_SENT',
  } as const
  const story = new Story().leaves('server', 'a', FIN).reaches('client', 'a', FIN)
  story.tell(started('ffff000000001098', 'timewait')).state('client', 'FIN_WAIT_2', 'CLOSED')
  // connect(2) is in SYN_SENT before it looks for a port, and finds this one.
  story.tell(dials, false).tell({ kind: 'freed', object: 'ffff000000001000' }, false)
  story.leaves('client', 'b', heard('client', ['SYN'], 7000), false)

  it('puts an end to that before it begins anew', () => {
    expect(changes(story)).toEqual([
      'client FIN_WAIT_2 TIME_WAIT tracepoint',
      'client TIME_WAIT CLOSED tracepoint',
      'client CLOSED SYN_SENT tracepoint',
    ])
  })

  it('is what ends it: until then it is there', () => {
    const evidence = story.evidence()
    const fin = evidence.segments[0]?.arrived ?? { n: -1, tMs: 0 }
    expect(stateAfter(evidence, 'client', CONNECTION, fin).state).toBe('TIME_WAIT')
    expect(stimuli(evidence, 'client', CONNECTION).at(-1)).toMatchObject({ from: 'TIME_WAIT', to: 'CLOSED' })
  })
})

describe('a timer by which a kernel acts', () => {
  const givesUp = (inSoftirq = true) =>
    new Story()
      .leaves('client', 'a', SYN)
      .dropped('a', 'NETFILTER_DROP')
      .tell(expired('ff30', 'retransmit'))
      .state('client', 'SYN_SENT', 'CLOSED', inSoftirq)

  it('is the cause of what comes right behind it', () => {
    const { timers, segments, ...evidence } = givesUp().evidence()
    expect(timers).toMatchObject([{ host: 'client', connection: CONNECTION, timer: 'retransmit', event: 'expired' }])
    // It is a stimulus: the SYN's departure has not brought the end about.
    const departed = segments[0]?.departed ?? { n: -1, tMs: 0 }
    expect(stateAfter({ ...evidence, timers, segments }, 'client', CONNECTION, departed).state).not.toBe('SYN_SENT')
    expect(timers[0]?.n).toBeLessThan(evidence.states[0]?.n ?? 0)
  })

  it('but not of what a program does', () => {
    expect(givesUp(false).evidence().timers).toEqual([])
  })

  it('and is not told where nothing comes of it', () => {
    const story = new Story().tell(expired('ff30', 'retransmit')).leaves('client', 'a', SYN)
    expect(story.evidence().timers).toHaveLength(1)
    const idle = new Story().tell(expired('ff30', 'retransmit')).on(1).leaves('client', 'a', SYN)
    expect(idle.evidence().timers).toEqual([])
  })
})

describe('a socket that listens anywhere', () => {
  const listens = { kind: 'state', local: '0.0.0.0:5000', remote: '0.0.0.0:0', from: 'CLOSED', to: 'LISTEN' } as const
  const line = { local: '0.0.0.0:5000', remote: '0.0.0.0:0', state: '0A' }

  it("is the host's whose table shows it, from when it began", () => {
    const story = new Story().tell(listens, false).leaves('client', 'a', SYN).table(line)
    const [change] = story.evidence().states
    expect(change).toMatchObject({ host: 'server', connection: '0.0.0.0:5000-*', to: 'LISTEN' })
    expect(change?.n).toBeLessThan(story.evidence().segments[0]?.departed.n ?? 0)
  })

  it('is nobody’s as long as no table shows it', () => {
    expect(new Story().tell(listens, false).leaves('client', 'a', SYN).evidence().states).toEqual([])
  })
})
