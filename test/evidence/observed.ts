import type { Evidence } from '../../src/evidence/evidence.ts'
import { mergeEvidence } from '../../src/evidence/merge.ts'
import type { ObservedHost, Observations, Sighting } from '../../src/evidence/observations.ts'
import type { TraceRecord } from '../../src/evidence/trace-lines.ts'
import type { Flag, Segment } from '../../src/tcp/segment.ts'
import { seq } from '../../src/tcp/seq.ts'

const LENGTH = 40
const ADDRESSES = { client: '198.18.0.2', server: '198.18.0.3', attacker: '198.18.0.4' } as const
export type Name = keyof typeof ADDRESSES
const PORTS = { client: 40_000, server: 5000, attacker: 40_000 } as const
export const CONNECTION = '198.18.0.2:40000-198.18.0.3:5000'

type Event = TraceRecord extends infer R ? (R extends TraceRecord ? Omit<R, 'tNs' | 'by' | 'inSoftirq'> : never) : never

/** What a kernel's trace and the sniffers would tell, told step by step. Each step is a millisecond, on one processor. */
export class Story {
  readonly trace: TraceRecord[] = []
  readonly held = new Set<number>()
  /** While it is not, sniffers may have more to tell. */
  isComplete = true
  readonly #wire: Sighting[] = []
  readonly #arrivals: Record<Name, Sighting[]> = { client: [], server: [], attacker: [] }
  readonly #tables: ObservedHost['tables'][number][] = []
  #cpu = 0

  /** What follows is told by another processor. */
  on(cpu: number): this {
    this.#cpu = cpu
    return this
  }

  tell(event: Event, inSoftirq = true): this {
    const tNs = (this.trace.length + 1) * 1_000_000
    this.trace.push({ tNs, by: `${inSoftirq ? 'processor' : 'task'} ${this.#cpu}`, inSoftirq, ...event })
    return this
  }

  /** A segment leaves a host, and the wire hears it. */
  leaves(host: Name, skb: string, sighting: Sighting, inSoftirq = true): this {
    this.tell({ kind: 'sent', device: host, skb, length: LENGTH }, inSoftirq)
    this.tell({ kind: 'received', device: 'wire', skb, length: LENGTH })
    this.#wire.push(sighting)
    return this
  }

  /** The wire's device sends it, as forwarded or as its own. */
  goesOn(skb: string): this {
    return this.tell({ kind: 'sent', device: 'wire', skb, length: LENGTH })
  }

  reaches(host: Name, skb: string, sighting: Sighting): this {
    this.#arrivals[host].push(sighting)
    return this.tell({ kind: 'received', device: host, skb, length: LENGTH })
  }

  dropped(skb: string, reason: string): this {
    return this.tell({ kind: 'dropped', skb, reason })
  }

  state(host: Name, from: string, to: string, inSoftirq = true): this {
    const other = host === 'client' ? 'server' : 'client'
    const end = (name: Name) => `${ADDRESSES[name]}:${PORTS[name]}`
    return this.tell({ kind: 'state', local: end(host), remote: end(other), from, to } as Event, inSoftirq)
  }

  /** The server's table, with what it lists. */
  table(...lines: { local: string; remote: string; state: string }[]): this {
    const tNs = (this.trace.length + 1) * 1_000_000 - 500_000
    this.#tables.push({ tNs, tookNs: 0, lines: lines.map(line => ({ ...line, timer: 0, remainingMs: 0 })) })
    return this
  }

  evidence(): Evidence {
    return mergeEvidence(this.observations())
  }

  observations(): Observations {
    const host = (name: Name): ObservedHost => ({
      name,
      address: ADDRESSES[name],
      device: name,
      arrivals: this.#arrivals[name],
      tables: name === 'server' ? this.#tables : [],
      calls: [],
      counters: null,
    })
    return {
      hosts: [host('client'), host('server'), host('attacker')],
      wire: { name: 'wire', device: 'wire', heard: this.#wire },
      trace: this.trace,
      drops: 0,
      held: this.held,
      isComplete: this.isComplete,
      untilNs: this.trace.at(-1)?.tNs ?? 0,
    }
  }
}

export function heard(from: Name, flags: readonly Flag[], number: number, isSound = true): Sighting {
  const to = from === 'server' ? 'client' : 'server'
  const segment: Segment = {
    ip: {
      tos: 0,
      id: 0,
      reservedFlag: false,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      ipOptions: new Uint8Array(),
      source: ADDRESSES[from],
      destination: ADDRESSES[to],
    },
    tcp: {
      sourcePort: PORTS[from],
      destinationPort: PORTS[to],
      seq: seq(number),
      ack: seq(0),
      flags,
      window: 1,
      urgent: 0,
      reserved: 0,
      options: [],
      payload: new Uint8Array(),
    },
  }
  return { tNs: 0, length: LENGTH, segment, isSound, base64: '' }
}
