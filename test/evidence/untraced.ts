import { addressOf, endsOf, portOf } from '../../src/evidence/connections.ts'
import type { Evidence, Instant, SeenSegment } from '../../src/evidence/evidence.ts'
import type { ObservedHost, Sighting, TableSighting, UntracedObservations } from '../../src/evidence/observations.ts'
import type { Segment } from '../../src/tcp/segment.ts'
import { seq } from '../../src/tcp/seq.ts'
import type { TcpState } from '../../src/tcp/states.ts'

export interface Telling {
  /** How late listeners are, in milliseconds: asked for each thing that they hear. */
  readonly lateMs?: () => number
  /** Whether agents say how long they were away. */
  readonly saysAway?: boolean
  /** Whether a table is read for what was just heard, called, or came by the clock. */
  readonly looks?: (why: 'arrival' | 'call' | 'clock', host: string) => boolean
  /** How long after that. */
  readonly lookMs?: () => number
  readonly everyMs?: number
}

const BASE_NS = 5_000_000_000
const PROC: Readonly<Record<TcpState, string>> = {
  ESTABLISHED: '01',
  SYN_SENT: '02',
  SYN_RCVD: '03',
  FIN_WAIT_1: '04',
  FIN_WAIT_2: '05',
  TIME_WAIT: '06',
  CLOSED: '07',
  CLOSE_WAIT: '08',
  LAST_ACK: '09',
  LISTEN: '0A',
  CLOSING: '0B',
}

/** What sniffers and socket tables would have told of the same run, each by a program's clock, had nobody traced it. */
export function untraced(evidence: Evidence, telling: Telling = {}): UntracedObservations {
  const { lateMs = () => 0.05, looks = () => true, lookMs = () => 0.02, everyMs = 20_000, saysAway = true } = telling
  const heard = (entries: readonly { readonly at: Instant; readonly segment: SeenSegment }[]): Sighting[] => {
    let lastNs = 0
    return entries
      .toSorted((a, b) => a.at.n - b.at.n)
      .map(({ at, segment }) => {
        const tNs = Math.max(lastNs + 1000, toNs(at.tMs + lateMs()))
        lastNs = tNs
        const away = saysAway ? { awayNs: tNs - toNs(at.tMs) } : {}
        return { tNs, ...away, length: 40 + segment.length, segment: toSegment(segment), isSound: true, base64: '' }
      })
  }
  const departures = evidence.segments.filter(({ from }) => from in evidence.hosts)
  const endMs = Math.max(...instantsOf(evidence).map(({ tMs }) => tMs)) + 3000
  const hosts = Object.entries(evidence.hosts).map(([name, address]): ObservedHost => {
    const incoming = evidence.segments.flatMap(segment =>
      segment.to === name && segment.arrived ? [{ at: segment.arrived, segment }] : [],
    )
    const arrivals = heard(incoming)
    const calls = evidence.calls
      .filter(({ host }) => host === name)
      .map(({ tMs, call, connection }, ordinal) => ({ tNs: toNs(tMs) - 20_000, ordinal, call, connection }))
    const wanted = [
      ...arrivals.filter(() => looks('arrival', name)).map(({ tNs }) => tNs + lookMs() * 1e6),
      ...calls.filter(() => looks('call', name)).map(({ tNs }) => tNs + 40_000 + lookMs() * 1e6),
      // Whatever a ladder begins with is looked at: not all of it was brought about by segments.
      toNs(-150),
      ...Array.from({ length: Math.ceil((endMs + 1000) / everyMs) }, (_, index) => toNs(index * everyMs - 700)).filter(
        () => looks('clock', name),
      ),
      toNs(endMs),
    ]
    const tables = wanted.sort((a, b) => a - b).map(tNs => tableAt(evidence, name, tNs))
    const left = departures.filter(({ from, copyOf }) => from === name && copyOf === undefined).length
    const counters = { left, outSegs: left, retransSegs: 0, inSegs: incoming.length, outRsts: 0, tcpExt: {} }
    return { name, address, device: name, arrivals, tables, calls, counters }
  })
  return {
    hosts,
    wire: {
      name: 'wire',
      device: 'wire',
      heard: heard(departures.map(segment => ({ at: segment.departed, segment }))),
    },
    trace: null,
    slowestMs: 5000,
    drops: 0,
    held: new Set(),
    isComplete: true,
    untilNs: toNs(endMs + 70_000),
  }
}

/** The same as it was told by then, when one host's agent was slower to tell than the others. */
export function toldBy(
  told: UntracedObservations,
  untilMs: number,
  slow: string,
  slowMs: number,
): UntracedObservations {
  const untilNs = toNs(untilMs)
  const by = <T extends { readonly tNs: number }>(name: string, entries: readonly T[]) =>
    entries.filter(({ tNs }) => tNs <= untilNs - (name === slow ? slowMs * 1e6 : 0))
  const hosts = told.hosts.map(({ name, arrivals, tables, calls, ...host }) => ({
    ...host,
    name,
    arrivals: by(name, arrivals),
    tables: by(name, tables),
    calls: by(name, calls),
    counters: null,
  }))
  const { wire } = told
  return { ...told, hosts, wire: { ...wire, heard: by(wire.name, wire.heard) }, isComplete: false, untilNs }
}

function tableAt({ states, hosts }: Evidence, host: string, tNs: number): TableSighting {
  const held = new Map<string, TcpState>()
  for (const change of states.toSorted((a, b) => a.n - b.n)) {
    if (change.host === host && toNs(change.tMs) <= tNs) held.set(change.connection, change.to)
  }
  const lines = [...held].flatMap(([connection, state]) => {
    if (state === 'CLOSED' || (state === 'LISTEN' && !connection.endsWith('-*'))) return []
    const [end, otherEnd] = endsOf(connection)
    const [local, remote] = addressOf(end) === hosts[host] ? [end, otherEnd] : [otherEnd, end]
    const shown = remote === '*' ? '0.0.0.0:0' : remote
    return [{ local, remote: shown, state: PROC[state], timer: 0, remainingMs: 0 }]
  })
  return { tNs, tookNs: 10_000, lines }
}

function toSegment({
  id,
  from,
  connection,
  flags,
  seq: number,
  ack,
  length,
  window,
  to,
  copyOf,
}: SeenSegment): Segment {
  const [client, server] = endsOf(connection)
  const goesToServer = to === 'server' || (from === 'client' && to !== 'client')
  const [source, destination] = goesToServer ? [client, server] : [server, client]
  return {
    ip: {
      tos: 0,
      id: copyOf ?? id,
      reservedFlag: false,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      ipOptions: new Uint8Array(),
      source: addressOf(source),
      destination: addressOf(destination),
    },
    tcp: {
      sourcePort: Number(portOf(source)),
      destinationPort: Number(portOf(destination)),
      seq: seq(number),
      ack: seq(ack ?? 0),
      flags,
      window,
      urgent: 0,
      reserved: 0,
      options: [],
      payload: new Uint8Array(length),
    },
  }
}

function toNs(tMs: number): number {
  return Math.round(BASE_NS + tMs * 1e6)
}

function instantsOf({ segments, states, calls }: Evidence): Instant[] {
  return [
    ...segments.flatMap(({ departed, arrived }) => (arrived ? [departed, arrived] : [departed])),
    ...states,
    ...calls,
  ]
}
