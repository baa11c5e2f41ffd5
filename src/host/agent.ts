import { closeSync, openSync, readlinkSync, writeSync } from 'node:fs'
import type { HostCounters, SocketCall } from '../evidence/evidence.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Calls, serve } from './channel.ts'
import { readCounters } from './counters.ts'
import { endpointCommands, type HostPlace, wireCommands } from './network.ts'
import { runCommands } from './shell.ts'
import { type Sniffer, sniff } from './sniffer.ts'
import { readSocketTable, type SocketTableLine } from './socket-table.ts'
import { type SocketEvent, Sockets } from './sockets.ts'
import { writeSysctls } from './sysctls.ts'
import { type Link, linkCommands, loseCommands, type Pattern } from './wire.ts'

/** What an agent tells without being asked. Times are this kernel's CLOCK_MONOTONIC, in nanoseconds. */
export type AgentEvent =
  | { kind: 'packet'; tNs: number; base64: string }
  | { kind: 'table'; tNs: number; afterPackets: number; lines: SocketTableLine[] }
  | { kind: 'call'; tNs: number; ordinal: number; call: SocketCall['call']; connection: string | null }
  | SocketEvent

/** What a host needs to know to take its place in the lab. */
export interface HostRole {
  readonly self: HostPlace
  readonly kind: 'endpoint' | 'wire'
  /** All the others. For an endpoint the first is the wire. */
  readonly others: readonly HostPlace[]
  readonly sysctls: Readonly<Record<string, string>>
  readonly link: Link
  /** The tracer's marker file, where this host can reach it: calls are then placed in the kernel's own order. */
  readonly traceMarker: string | null
}

export interface SniffOptions {
  readonly receiveBufferBytes?: number
}

/** Everything that an agent does when told. */
export interface AgentCalls extends Calls {
  setUp(role: HostRole): Promise<{ sysctls: Record<string, string>; networkNamespace: string }>
  sniff(options: SniffOptions): void
  listen(options: { port: number; backlog: number }): Promise<number>
  unlisten(options: { listener: number }): void
  connect(options: { host: string; port: number; fromPort: number }): number
  write(options: { socket: number; text: string }): void
  end(options: { socket: number }): void
  destroy(options: { socket: number }): void
  reset(options: { socket: number }): void
  lose(pattern: Pattern): Promise<void>
  counters(none: null): Promise<{ counters: HostCounters; packets: number; drops: number }>
}

/** The agent's life: it does what its standard input says until that ends. */
export async function runAgent(): Promise<void> {
  await serve<AgentEvent>(process.stdin, process.stdout, makeCalls)
  // Sockets and sniffers keep the loop alive; nobody is left to hear them.
  process.exit(0)
}

function makeCalls(emit: (event: AgentEvent) => void): Calls {
  let role: HostRole | undefined
  let sockets: Sockets | undefined
  let ears: Ears | undefined
  const here = () => need(role, 'setUp')
  const own = () => need(sockets, 'setUp')

  const calls: AgentCalls = {
    async setUp(given) {
      role = given
      const mark = markCalls(given, emit)
      sockets = new Sockets(given.self.address, { called: mark, happened: emit })
      const sysctls = writeSysctls(given.sysctls)
      await runCommands(networkCommands(given))
      return { sysctls, networkNamespace: readlinkSync('/proc/self/ns/net') }
    },
    sniff(options) {
      ears = new Ears(here().kind, emit, options)
    },
    listen: options => own().listen(options),
    unlisten: options => own().unlisten(options),
    connect: options => own().connect(options),
    write: options => own().write(options),
    end: options => own().end(options),
    destroy: options => own().destroy(options),
    reset: options => own().reset(options),
    async lose(pattern) {
      await runCommands(loseCommands(here().self, pattern))
    },
    async counters() {
      await ears?.listenOut()
      return { counters: readCounters(), packets: ears?.heard ?? 0, drops: ears?.drops() ?? 0 }
    },
  }
  return calls
}

function networkCommands({ kind, self, others, link }: HostRole) {
  if (kind === 'wire') return [...wireCommands(self, others), ...linkCommands(self, others, link)]
  return endpointCommands(self, need(others[0], 'a wire'))
}

/** Says each socket call twice: to the harness, and into the kernel's trace, where it gets its place among the states. */
function markCalls(role: HostRole, emit: (event: AgentEvent) => void) {
  const marker = role.traceMarker === null ? null : openSync(role.traceMarker, 'w')
  if (marker !== null) process.once('exit', () => closeSync(marker))
  let ordinal = 0
  return (call: SocketCall['call'], connection: string | null) => {
    ordinal++
    if (marker !== null) writeSync(marker, `handwave ${role.self.name} ${ordinal}`)
    emit({ kind: 'call', tNs: nowNs(), ordinal, call, connection })
  }
}

/**
 * A host's sniffer. At an endpoint each burst of packets is followed by a look at the socket table: that is when its
 * lines change, and no clock needs to be asked.
 */
class Ears {
  heard = 0
  readonly #sniffer: Sniffer
  readonly #emit: (event: AgentEvent) => void
  #burst: AgentEvent[] = []

  constructor(kind: HostRole['kind'], emit: (event: AgentEvent) => void, { receiveBufferBytes }: SniffOptions) {
    this.#emit = emit
    this.#sniffer = sniff(packet => this.#hear(packet, kind === 'endpoint'), receiveBufferBytes)
  }

  drops(): number {
    return this.#sniffer.drops()
  }

  /** Until nothing that has come in is left untold: packets are read one a turn of the loop. */
  async listenOut(): Promise<void> {
    for (let before = -1; before !== this.heard; ) {
      before = this.heard
      await nextTurn()
      await nextTurn()
    }
  }

  #hear(packet: Uint8Array, readsTable: boolean): void {
    this.heard++
    // raw-socket's callback runs no promise continuations: everything else waits for the next turn of the loop.
    if (this.#burst.length === 0) setImmediate(() => this.#tell(readsTable))
    this.#burst.push({ kind: 'packet', tNs: nowNs(), base64: Buffer.from(packet).toString('base64') })
  }

  #tell(readsTable: boolean): void {
    const burst = this.#burst
    this.#burst = []
    if (readsTable) burst.push({ kind: 'table', tNs: nowNs(), afterPackets: this.heard, lines: readSocketTable() })
    for (const event of burst) this.#emit(event)
  }
}

function nowNs(): number {
  return Number(process.hrtime.bigint())
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The agent was asked for something that needs ${what} first.`)
  return value
}
