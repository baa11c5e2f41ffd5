import { describe, expect, it } from 'vitest'
import { ListenQueue } from '../../src/tcp/listen-queue.ts'

const flooded = (syncookies: 0 | 1 | 2, maxSynBacklog: number, backlog: number) =>
  new ListenQueue({ syncookies, maxSynBacklog, backlog }).syns(400).foretold

/** What moved, and no other. */
const moved = ({ counters }: ReturnType<typeof flooded>) =>
  Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== 0))

/** 400 SYNs, as Linux 6.18 was seen to take them before there was a rule to foretell it. */
describe('400 SYNs without cookies', () => {
  it.each([
    [16, 8, 9, { ListenDrops: 391, TCPReqQFullDrop: 391 }],
    [64, 8, 9, { ListenDrops: 391, TCPReqQFullDrop: 391 }],
    [256, 8, 9, { ListenDrops: 391, TCPReqQFullDrop: 391 }],
    [16, 128, 13, { ListenDrops: 387 }],
    [64, 128, 49, { ListenDrops: 351 }],
    [256, 128, 129, { ListenDrops: 271, TCPReqQFullDrop: 271 }],
  ])('tcp_max_syn_backlog %i, backlog %i: %i are held', (maxSynBacklog, backlog, held, counters) => {
    const foretold = flooded(0, maxSynBacklog, backlog)
    expect({ held: foretold.halfOpen, counters: moved(foretold) }).toEqual({ held, counters })
  })
})

describe('400 SYNs with cookies', () => {
  it.each([
    [1, 8, 9, { SyncookiesSent: 391, TCPReqQFullDoCookies: 391 }],
    [1, 128, 129, { SyncookiesSent: 271, TCPReqQFullDoCookies: 271 }],
    [2, 8, 0, { SyncookiesSent: 400, TCPReqQFullDoCookies: 400 }],
    [2, 128, 0, { SyncookiesSent: 400, TCPReqQFullDoCookies: 400 }],
  ] as const)('tcp_syncookies %i, backlog %i: %i are held', (syncookies, backlog, held, counters) => {
    const foretold = flooded(syncookies, 16, backlog)
    expect({ held: foretold.halfOpen, counters: moved(foretold) }).toEqual({ held, counters })
  })
})

describe('the queue of connections that nobody accepts', () => {
  const full = () => new ListenQueue({ syncookies: 1, maxSynBacklog: 128, backlog: 2 }).syns(3).acks(3)

  it('holds one more than the backlog; then SYNs are dropped', () => {
    expect(moved(full().foretold)).toEqual({})
    expect(moved(full().syns(2).foretold)).toEqual({ ListenOverflows: 2, ListenDrops: 2 })
  })

  it('has no room for the third segment of what was half open before', () => {
    const queue = new ListenQueue({ syncookies: 1, maxSynBacklog: 128, backlog: 2 }).syns(3).acks(2).syns(1).acks(2)
    expect(queue.held).toBe(1)
    expect(moved(queue.foretold)).toEqual({ ListenOverflows: 1, ListenDrops: 1 })
  })

  it('has room again for as many as are accepted', () => {
    expect(moved(full().accepted(1).syns(1).acks(1).syns(1).foretold)).toEqual({ ListenOverflows: 1, ListenDrops: 1 })
  })

  it('and is no larger than somaxconn', () => {
    const queue = new ListenQueue({ syncookies: 0, maxSynBacklog: 10_000, backlog: 100_000 })
    expect(queue.syns(6000).held).toBe(4097)
  })
})
