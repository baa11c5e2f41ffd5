import { describe, expect, it } from 'vitest'
import { findEdges } from '../../src/evidence/edges.ts'
import { CONNECTION, heard, Story } from './observed.ts'

const SYN = heard('client', ['SYN'], 100)

describe('what the wire sends of itself', () => {
  it('is the segment that it has kept back, if it has', () => {
    const story = new Story().leaves('client', 'a', SYN).dropped('a', 'NETFILTER_DROP')
    expect(story.evidence().segments).toMatchObject([{ arrived: null, lost: { by: 'NETFILTER_DROP' } }])
    story.held.add(0)
    expect(story.evidence().segments).toMatchObject([{ arrived: null, lost: { by: 'held' } }])
    story.goesOn('b').reaches('server', 'b', SYN)
    const { segments, gaps } = story.evidence()
    expect(segments).toMatchObject([{ from: 'client', departed: { tMs: 0 }, arrived: { tMs: 4 }, lost: null }])
    expect(gaps).toEqual([])
  })

  it('is a copy by netem, if the segment itself was not lost', () => {
    const story = new Story().leaves('client', 'a', SYN).goesOn('b').goesOn('a')
    const { segments } = story.reaches('server', 'b', SYN).reaches('server', 'a', SYN).evidence()
    expect(segments).toMatchObject([
      { id: 0, arrived: { tMs: 4 }, lost: null },
      { id: 1, copyOf: 0, departed: { tMs: 0 }, arrived: { tMs: 5 } },
    ])
  })

  it('is no second life of one that is lost for good', () => {
    const story = new Story().leaves('client', 'a', SYN).dropped('a', 'NETFILTER_DROP')
    const { segments } = story.goesOn('b').reaches('server', 'b', SYN).evidence()
    expect(segments).toMatchObject([
      { from: 'client', arrived: null, lost: { by: 'NETFILTER_DROP' } },
      { from: 'wire', departed: { tMs: 3 }, arrived: { tMs: 4 } },
    ])
  })

  it('is forged, if nobody has sent it', () => {
    const old = heard('client', ['SYN'], 90)
    const { segments } = new Story().goesOn('b').reaches('server', 'b', old).evidence()
    expect(segments).toMatchObject([{ from: 'wire', to: 'server', seq: 90 }])
  })
})

describe('a doorkeeper on the wire', () => {
  it('has taken what it has done with and has not sent on', () => {
    const story = new Story().leaves('client', 'a', SYN).tell({ kind: 'consumed', skb: 'a' })
    expect(story.evidence().segments).toMatchObject([{ from: 'client', arrived: null, lost: { by: 'SYNPROXY' } }])
  })

  it('sends another segment in place of one whose numbers it has changed', () => {
    const translated = heard('client', ['SYN'], 612)
    const story = new Story().leaves('client', 'a', SYN).goesOn('a').reaches('server', 'a', translated)
    expect(story.evidence()).toMatchObject({
      segments: [
        { from: 'client', seq: 100, arrived: null, lost: { by: 'rewritten' } },
        { from: 'wire', seq: 612, departed: { tMs: 2 }, arrived: { tMs: 3 }, lost: null },
      ],
      gaps: [],
    })
  })
})

describe('damage', () => {
  it('on the way is no arrival', () => {
    const broken = heard('client', ['SYN'], 612, false)
    const { segments, gaps } = new Story().leaves('client', 'a', SYN).reaches('server', 'a', broken).evidence()
    expect(segments).toMatchObject([{ arrived: null, lost: { by: 'damaged' } }])
    expect(gaps).toEqual([])
  })

  it('by netem makes another packet of it', () => {
    const broken = heard('client', ['SYN'], 612, false)
    const story = new Story().leaves('client', 'a', SYN).goesOn('b').reaches('server', 'b', broken)
    expect(story.evidence().segments).toMatchObject([{ from: 'client', arrived: null, lost: { by: 'damaged' } }])
  })

  it('that IP sees reaches no sniffer, and takes no other segment for its own', () => {
    const next = heard('client', ['ACK'], 101)
    const story = new Story().leaves('client', 'a', SYN).leaves('client', 'b', next)
    story.tell({ kind: 'received', device: 'server', skb: 'a', length: 40 }).dropped('a', 'IP_CSUM')
    const { segments, gaps } = story.reaches('server', 'b', next).evidence()
    expect(segments).toMatchObject([
      { seq: 100, arrived: null, lost: { by: 'IP_CSUM' } },
      { seq: 101, arrived: { tMs: 6 }, lost: null },
    ])
    expect(gaps).toEqual([])
  })
})

describe('a packet of ICMP', () => {
  const refused = (type: number) =>
    new Story()
      .leaves('client', 'a', SYN)
      .tell({ kind: 'complained', skb: 'a', type, code: 1 })
      .goesOn('icmp')
      .dropped('a', 'NETFILTER_DROP')
      .tell({ kind: 'received', device: 'client', skb: 'icmp', length: 88 })

  it('tells of the segment that could not be delivered, as it reaches its sender', () => {
    const { complaints, segments, gaps } = refused(3).state('client', 'SYN_SENT', 'CLOSED').evidence()
    expect(segments).toMatchObject([{ arrived: null, lost: { by: 'NETFILTER_DROP' } }])
    expect(complaints).toMatchObject([
      { host: 'client', connection: CONNECTION, about: 0, type: 'unreachable', code: 1 },
    ])
    expect(complaints?.[0]?.tMs).toBe(5)
    expect(gaps).toEqual([])
  })

  it('of another kind, or that has not come, tells nothing', () => {
    expect(refused(11).evidence().complaints).toBeUndefined()
    const underWay = new Story().leaves('client', 'a', SYN).tell({ kind: 'complained', skb: 'a', type: 3, code: 1 })
    expect(underWay.goesOn('icmp').evidence().complaints).toBeUndefined()
  })

  it('ends a call: an edge', () => {
    const story = refused(3).state('client', 'SYN_SENT', 'CLOSED')
    const called = { n: -1, tMs: -1, host: 'client', connection: CONNECTION, from: 'CLOSED', to: 'SYN_SENT' } as const
    const evidence = story.evidence()
    const states = [{ ...called, witness: 'tracepoint' as const }, ...evidence.states]
    expect(findEdges({ ...evidence, states })).toContain('E20')
    expect(findEdges({ ...evidence, states, complaints: [] })).not.toContain('E20')
  })
})

it('a segment in another host’s name comes from the host that sent it', () => {
  const { segments } = new Story().leaves('attacker', 'a', SYN).reaches('server', 'a', SYN).evidence()
  expect(segments).toMatchObject([{ from: 'attacker', to: 'server', connection: '198.18.0.2:40000-198.18.0.3:5000' }])
})

describe('the trace may be ahead of the sniffers', () => {
  const ahead = (isComplete: boolean) => {
    const story = new Story().leaves('client', 'a', SYN).reaches('server', 'a', SYN)
    story.tell({ kind: 'sent', device: 'client', skb: 'b', length: 40 })
    story.tell({ kind: 'received', device: 'wire', skb: 'b', length: 40 }).state('server', 'ESTABLISHED', 'CLOSE_WAIT')
    story.isComplete = isComplete
    return story.evidence()
  }

  it('of what nobody has heard yet nothing is told, nor of what came after', () => {
    expect(ahead(false)).toMatchObject({ segments: [{ seq: 100 }], states: [] })
  })

  it('until they have told all', () => {
    expect(ahead(true)).toMatchObject({ segments: [{ seq: 100 }], states: [{ to: 'CLOSE_WAIT' }] })
  })

  it('an arrival that was not heard yet is none', () => {
    const story = new Story().leaves('client', 'a', SYN)
    story.tell({ kind: 'received', device: 'server', skb: 'a', length: 40 }).state('client', 'SYN_SENT', 'CLOSED')
    story.isComplete = false
    expect(story.evidence()).toMatchObject({ segments: [{ arrived: null }], states: [] })
  })
})
