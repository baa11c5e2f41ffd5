import type { CallSighting, ObservedHost, Observations, Sighting, TableSighting } from '../evidence/observations.ts'
import type { Evidence, HostCounters } from '../evidence/evidence.ts'
import { mergeEvidence } from '../evidence/merge.ts'
import { parseTraceLine, type TraceRecord } from '../evidence/trace-lines.ts'
import type { AgentEvent } from '../host/agent-events.ts'
import type { Testbed, TestbedHost } from '../testbed/testbed.ts'
import { parseSegment } from '../tcp/segment.ts'

/** Gathers what the witnesses of one run tell, and makes evidence of it whenever that is asked for. */
export class Observer {
  readonly #heard = new Map<string, Heard>()
  readonly #trace: TraceRecord[] = []
  #drops = 0

  take(host: string, event: AgentEvent): void {
    const heard = this.#of(host)
    if (event.kind === 'packet') heard.packets.push(readPacket(event))
    else if (event.kind === 'table') heard.tables.push(event)
    else if (event.kind === 'call') heard.calls.push(event)
  }

  /** Whether the trace had anything new. */
  readTrace(testbed: Testbed): boolean {
    const records = (testbed.trace?.read() ?? []).map(parseTraceLine).filter(record => record !== null)
    this.#trace.push(...records)
    return records.length > 0
  }

  /** The kernels' own counters, which the capture must agree with. */
  async readCounters(testbed: Testbed): Promise<void> {
    this.#drops = 0
    for (const host of [testbed.wire, ...testbed.endpoints]) {
      const { counters, drops } = await host.agent.counters()
      this.#drops += drops
      if (host !== testbed.wire) this.#of(host.place.name).counters = counters
    }
  }

  evidence(testbed: Testbed): Evidence {
    return mergeEvidence(this.observations(testbed))
  }

  observations(testbed: Testbed): Observations {
    const hosts = testbed.endpoints.map(host => this.#observed(host, this.#of(testbed.wire.place.name)))
    return { hosts, trace: this.#trace, drops: this.#drops }
  }

  #observed({ place }: TestbedHost, wire: Heard): ObservedHost {
    const { packets, tables, calls, counters } = this.#of(place.name)
    return {
      name: place.name,
      address: place.address,
      device: place.device,
      departures: wire.packets.filter(({ segment }) => segment.ip.source === place.address),
      arrivals: packets,
      tables,
      calls,
      counters,
    }
  }

  #of(host: string): Heard {
    const known = this.#heard.get(host)
    if (known) return known
    const heard: Heard = { packets: [], tables: [], calls: [], counters: null }
    this.#heard.set(host, heard)
    return heard
  }
}

interface Heard {
  readonly packets: Sighting[]
  readonly tables: TableSighting[]
  readonly calls: CallSighting[]
  counters: HostCounters | null
}

function readPacket({ tNs, base64 }: Extract<AgentEvent, { kind: 'packet' }>): Sighting {
  const bytes = Buffer.from(base64, 'base64')
  return { tNs, length: bytes.length, segment: parseSegment(bytes).segment }
}
