import { describe, expect, it } from 'vitest'
import { Elsewhere } from '../../src/evidence/elsewhere.ts'
import type { TraceRecord } from '../../src/evidence/trace-lines.ts'

const at = (cpu: number) => ({ tNs: 0, by: `processor ${cpu}`, inSoftirq: true })
const received = (device: string, cpu = 0): TraceRecord => ({
  ...at(cpu),
  kind: 'received',
  device,
  skb: 'a',
  length: 40,
})

describe("others' packets", () => {
  it('are told of once each time that a processor leaves ours for them', () => {
    const elsewhere = new Elsewhere(['server', 'wire'])
    const records = ['server', 'lo', 'lo', 'eth0', 'wire', 'lo'].map(device => received(device))
    expect(records.map(record => elsewhere.isKnown(record))).toEqual([false, false, true, true, false, false])
  })

  it('of one processor say nothing of what another does', () => {
    const elsewhere = new Elsewhere(['server'])
    expect([received('lo', 0), received('lo', 1), received('lo', 0)].map(one => elsewhere.isKnown(one))).toEqual([
      false,
      false,
      true,
    ])
  })

  it('that are done with say nothing, and of ours it is told once', () => {
    const elsewhere = new Elsewhere(['server'])
    const sent: TraceRecord = { ...at(0), kind: 'sent', device: 'server', skb: 'a', length: 40 }
    const consumed = (skb: string): TraceRecord => ({ ...at(0), kind: 'consumed', skb })
    const records = [sent, consumed('b'), consumed('a'), consumed('a')]
    expect(records.map(record => elsewhere.isKnown(record))).toEqual([false, true, false, true])
  })

  it('leave whatever else is told as it is, and the next one is news again', () => {
    const elsewhere = new Elsewhere(['server'])
    const dropped: TraceRecord = { ...at(0), kind: 'dropped', skb: 'a', reason: 'NO_SOCKET' }
    expect([received('lo'), dropped, received('lo')].map(one => elsewhere.isKnown(one))).toEqual([false, false, false])
  })
})
