import { expect, it } from 'vitest'
import { mergeSightings } from '../../src/evidence/merge.ts'
import type { ObservedHost, Sighting } from '../../src/evidence/observations.ts'
import type { TraceRecord } from '../../src/evidence/trace-lines.ts'
import { captureOf } from '../../src/lab/capture.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { seq } from '../../src/tcp/seq.ts'
import { emitSegment, parseSegment } from '../../src/tcp/segment.ts'

const CLIENT = '198.18.0.2'
const SERVER = '198.18.0.3'
const LADDER = `
     client                                 server
  1. CLOSED                                 CLOSED
  2.           --> <SEQ=100><CTL=SYN>  ...
  3.           ... <SEQ=100><CTL=SYN>  -->
`

/** A SYN to the server, as a host sends it (64), or as it is one hop further on (63). */
function heard(us: number, source: string, number: number, ttl: number, dontFragment: boolean): Sighting {
  const ip = { tos: 0, id: 7, reservedFlag: false, moreFragments: false, fragmentOffset: 0 } as const
  const tcp = { sourcePort: 40_000, destinationPort: 5000, ack: seq(0), window: 1, urgent: 0, reserved: 0 }
  const bytes = emitSegment({
    ip: { ...ip, source, destination: SERVER, ttl, dontFragment, ipOptions: new Uint8Array() },
    tcp: { ...tcp, seq: seq(number), flags: ['SYN'], options: [], payload: new Uint8Array() },
  })
  const base64 = Buffer.from(bytes).toString('base64')
  return { tNs: us * 1000, length: bytes.length, segment: parseSegment(bytes).segment, isSound: true, base64 }
}

const host = (name: string, address: string, device: string, more: Partial<ObservedHost>): ObservedHost => {
  return { name, address, device, arrivals: [], tables: [], calls: [], counters: null, ...more }
}

it('a capture has every packet where it was seen, and those that have no place in the evidence', () => {
  const arrived = heard(20_000, CLIENT, 100, 63, false)
  const orphan = heard(25_000, CLIENT, 300, 63, true)
  // nft's copies are one hop on as well, and all have DF.
  const [first, lost, forged] = [
    heard(0, CLIENT, 100, 63, true),
    heard(1000, CLIENT, 200, 63, true),
    heard(2000, '198.19.0.9', 1, 63, true),
  ]
  const at = { by: 'processor 0', inSoftirq: true }
  const trace: TraceRecord[] = [
    { ...at, tNs: 0, kind: 'sent', device: 'c', skb: 'a', length: 40 },
    { ...at, tNs: 0, kind: 'received', device: 'w', skb: 'a', length: 40 },
    { ...at, tNs: 1_000_000, kind: 'sent', device: 'c', skb: 'b', length: 40 },
    { ...at, tNs: 1_000_000, kind: 'received', device: 'w', skb: 'b', length: 40 },
    { ...at, tNs: 1_000_000, kind: 'dropped', skb: 'b', reason: 'NETFILTER_DROP' },
    { ...at, tNs: 20_000_000, kind: 'received', device: 's', skb: 'a', length: 40 },
  ]
  const hosts = [host('client', CLIENT, 'c', {}), host('server', SERVER, 's', { arrivals: [arrived, orphan] })]
  const merged = mergeSightings({
    hosts,
    wire: { name: 'wire', device: 'w', heard: [first, lost, forged] },
    trace,
    drops: 0,
    held: new Set(),
    isComplete: true,
    untilNs: 30_000_000,
  })
  const vantages = [
    { name: 'client', address: CLIENT, drops: 0 },
    { name: 'server', address: SERVER, drops: 0 },
    { name: 'wire', address: '198.18.0.1', drops: 2 },
  ]
  const match = matchLadder(parseLadder(LADDER), merged.evidence, { peers: { left: 'client', right: 'server' } })
  const capture = captureOf({ ...merged, hosts, tap: [first, lost, forged], match, vantages })

  const seen = capture.packets.map(({ vantage, direction, segment, at, base64 }) => {
    const { ip, tcp } = parseSegment(Buffer.from(base64, 'base64')).segment
    return [vantage, direction, segment, at.tMs, tcp.seq, ip.ttl, ip.dontFragment]
  })
  expect(seen).toEqual([
    ['client', 'out', 0, 0, 100, 64, false],
    ['wire', 'through', 0, 0, 100, 64, false],
    ['client', 'out', 1, 1, 200, 64, true],
    ['wire', 'through', 1, 1, 200, 64, true],
    ['wire', 'through', null, 2, 1, 64, true],
    ['server', 'in', 0, 20, 100, 63, false],
    ['server', 'in', null, 25, 300, 63, true],
  ])
  expect(capture.vantages).toEqual(vantages)
  expect(capture.rows).toMatchObject([
    { label: '2', segment: 0, departs: true, arrives: false },
    { label: '3', segment: 0, departs: false, arrives: true },
  ])
  const placed = capture.packets.filter(({ segment }) => segment !== null).map(({ at }) => at.n)
  const others = capture.packets.filter(({ segment }) => segment === null).map(({ at }) => at.n)
  expect(Math.min(...others)).toBeGreaterThan(Math.max(...placed))
})
