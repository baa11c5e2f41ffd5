import type { TcpState } from '../tcp/states.ts'
import type { CausalOrder } from './causal-order.ts'
import { addressOf, endsOf, portOf } from './connections.ts'
import type { ConnectionId, Evidence, Instant, Unseen } from './evidence.ts'
import type { Happening } from './happenings.ts'
import type { Packet } from './packets.ts'
import { connectionsAt, looksOf, type Placed, promptsOf } from './prompts.ts'
import { type FoundChange, type FoundStates, statesFromTable } from './table-states.ts'
import type { Timeline } from './timeline.ts'

interface Found {
  readonly host: string
  readonly connection: ConnectionId
  readonly states: FoundStates
}

interface OwnChange {
  readonly found: Found
  readonly change: FoundChange
}

/** Something of a host's own that has its place already, and what bounds it in time. */
interface Past {
  readonly n: number
  readonly happening: Happening | null
  readonly change: (FoundChange & { readonly cause: Happening | null }) | null
  readonly earliestNs: number
  readonly latestNs: number
}

/** Tells the timeline what happened, place by place, and between it the changes that tables have shown. */
export class Account {
  readonly #order: CausalOrder
  readonly #timeline: Timeline
  readonly #copies: ReadonlyMap<number | null, readonly Packet[]>
  readonly #found: readonly Found[]
  readonly #before: ReadonlyMap<number, readonly OwnChange[]>
  readonly #behind: ReadonlyMap<number, readonly OwnChange[]>
  readonly #instants = new Map<number | FoundChange, Instant>()
  readonly #past = new Map<string, Past[]>()

  constructor(order: CausalOrder, packets: readonly Packet[], timeline: Timeline) {
    this.#order = order
    this.#timeline = timeline
    this.#copies = Map.groupBy(packets, ({ copyOf }) => copyOf)
    const places = order.happenings.map((happening, place) => [place, happening] as const)
    const byHost = Map.groupBy(places, ([, { host }]) => host)
    this.#found = timeline.hosts.flatMap(({ name, address }) => this.#findStates(name, address, byHost.get(name) ?? []))
    const changes = this.#found.flatMap(found => found.states.changes.map(change => ({ found, change })))
    const on = (side: FoundChange['side']) =>
      Map.groupBy(
        changes.filter(({ change }) => change.side === side),
        ({ change }) => change.place,
      )
    this.#before = on('before')
    this.#behind = on('behind')
  }

  tell(): Evidence {
    for (const [place, happening] of this.#order.happenings.entries()) {
      for (const own of this.#before.get(place) ?? []) this.#change(own, null)
      this.#happen(place, happening)
      for (const own of this.#behind.get(place) ?? []) this.#change(own, happening)
    }
    return this.#timeline.finish([], this.#unseen())
  }

  #findStates(host: string, address: string, own: Placed): Found[] {
    const find = (connection: ConnectionId): Found => {
      const looks = looksOf(own, connection, this.#timeline)
      return { host, connection, states: statesFromTable(promptsOf(own, connection), looks) }
    }
    const connections = connectionsAt(address, own, this.#timeline)
    const listeners = connections.filter(connection => connection.endsWith('-*')).map(find)
    const others = connections.filter(connection => !connection.endsWith('-*')).map(find)
    return [...listeners, ...others.map(found => openedPassively(found, address, listeners))]
  }

  #happen(place: number, happening: Happening): void {
    const instant = this.#instant(happening)
    this.#instants.set(place, instant)
    const { host } = happening
    // Nobody asks whether a look, or a call that moves no connection, came before something.
    const moves = happening.kind !== 'table' && happening.connection !== null && !isAccept(happening)
    if (moves) this.#remember(host, { ...boundsOf(happening), n: instant.n, happening, change: null })
    if (happening.kind === 'departure') {
      this.#timeline.departed(happening.packet, instant)
      for (const copy of this.#copies.get(happening.packet.id) ?? [])
        this.#timeline.departed(copy, this.#instant(happening))
    } else if (happening.kind === 'arrival') this.#timeline.arrived(happening.packet, () => instant)
    else if (happening.kind === 'call') this.#timeline.called(host, happening.call, instant)
    else for (const line of happening.table.lines) this.#timeline.read(host, line, () => this.#instant(happening))
  }

  #change({ found: { host, connection }, change }: OwnChange, cause: Happening | null): void {
    const at = this.#place(change.earliestNs, change.latestNs)
    const causeAt = cause && this.#instants.get(change.place)
    const sureN = causeAt ? causeAt.sureN : this.#sureN(host, at.n, past => past.latestNs < change.earliestNs)
    const instant = sureN === undefined ? at : { ...at, sureN }
    this.#instants.set(change, instant)
    this.#remember(host, { ...boundsOf(change), n: at.n, happening: null, change: { ...change, cause } })
    const { from, to } = change
    this.#timeline.changed({ ...instant, host, connection, from, to, witness: 'table', cause: causeAt?.n ?? null })
  }

  #instant(happening: Happening): Instant {
    const instant = this.#place(happening.earliestNs, happening.latestNs)
    const sureN = this.#sureN(happening.host, instant.n, past => this.#isSurelyBefore(past, happening))
    return sureN === undefined ? instant : { ...instant, sureN }
  }

  #place(earliestNs: number, latestNs: number): Instant {
    const halfNs = (latestNs - earliestNs) / 2
    return this.#timeline.instant(earliestNs + halfNs, halfNs > 0 ? { uncertainMs: halfNs / 1e6 } : {})
  }

  /** A SYN or FIN leaves once the state has changed; whether anything else leaves before or after that shows in no table. */
  #isSurelyBefore({ happening, change, latestNs }: Past, later: Happening): boolean {
    if (latestNs < later.earliestNs) return true
    if (happening) return this.#order.isSurelyBefore(happening, later)
    if (!change?.cause) return false
    if (later.kind !== 'departure') return this.#order.isSurelyBefore(change.cause, later)
    const says = later.packet.segment.tcp.flags.some(flag => flag === 'SYN' || flag === 'FIN')
    return says && (change.cause === later || this.#order.isSurelyBefore(change.cause, later))
  }

  /** Up to where all of a host's own is certain to have come before. Undefined where all of it is. */
  #sureN(host: string, n: number, isSure: (past: Past) => boolean): number | undefined {
    const own = this.#past.get(host) ?? []
    let unsure = n
    for (const past of own.slice(-MOST_IN_DOUBT)) if (past.n < unsure && !isSure(past)) unsure = past.n
    return unsure === n ? undefined : unsure - 1
  }

  #remember(host: string, past: Past): void {
    const own = this.#past.get(host)
    if (own) own.push(past)
    else this.#past.set(host, [past])
  }

  #unseen(): Unseen[] {
    return this.#found.flatMap(({ host, connection, states }) =>
      states.unseen.flatMap(({ from, to, since, until, through }) => {
        const begins = this.#instants.get(since)
        const ends = until === null ? null : (this.#instants.get(until) ?? null)
        return begins ? [{ host, connection, from, since: begins, to, until: ends, through }] : []
      }),
    )
  }
}

function isAccept(happening: Happening): boolean {
  return happening.kind === 'call' && happening.call.call === 'accept'
}

/** How many of a host's own happenings may have come in another order. */
const MOST_IN_DOUBT = 64

function boundsOf({ earliestNs, latestNs }: { readonly earliestNs: number; readonly latestNs: number }) {
  return { earliestNs, latestNs }
}

/** What has no line yet is in LISTEN where somebody listens for it. */
function openedPassively(found: Found, address: string, listeners: readonly Found[]): Found {
  const port = portOf(endsOf(found.connection).find(end => addressOf(end) === address) ?? '')
  const own = listeners.filter(({ connection }) => portOf(endsOf(connection)[0]) === port)
  const listens = (place: number) =>
    own.some(({ states }) => states.changes.findLast(change => change.place <= place)?.to === 'LISTEN')
  const begins = (from: TcpState, to: TcpState | null, place: number): TcpState =>
    from === 'CLOSED' && to !== 'SYN_SENT' && listens(place) ? 'LISTEN' : from
  const renamed = new Map(
    found.states.changes.map(change => [change, { ...change, from: begins(change.from, change.to, change.place) }]),
  )
  const unseen = found.states.unseen.map(({ from, to, since, until, through }) => {
    const end = typeof until === 'object' && until !== null ? (renamed.get(until) ?? until) : until
    const first = begins(from, to, since)
    return { from: first, to: from === to ? first : to, since, until: end, through }
  })
  return { ...found, states: { changes: [...renamed.values()], unseen } }
}
