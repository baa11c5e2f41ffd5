import { closeSync, openSync, readlinkSync, writeSync } from 'node:fs'
import { flushCompileCache as keepCompiled } from 'node:module'
import type { HostCounters, SocketCall } from '../evidence/evidence.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Calls, serve } from './channel.ts'
import { readCounters } from './counters.ts'
import type { HostPlace } from './network.ts'
import { runCommands } from './shell.ts'
import { type Sniffer, sniff } from './sniffer.ts'
import { readSocketTable, type SocketTableLine } from './socket-table.ts'
import { type SocketEvent, Sockets } from './sockets.ts'
import { pinSysctls } from './sysctls.ts'
import { loseCommands, type Pattern } from './wire.ts'

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
  readonly sysctls: Readonly<Record<string, string>>
  /** The tracer's marker file, where this host can reach it: calls are then placed in the kernel's own order. */
  readonly traceMarker: string | null
}

export interface SniffOptions {
  readonly receiveBufferBytes?: number
}

/** Everything that an agent does when told. */
export interface AgentCalls extends Calls {
  setUp(role: HostRole): { pid: number; sysctls: Record<string, string>; networkNamespace: string }
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

/** The agent's life: it does what its channel says until that ends. */
export async function runAgent(): Promise<void> {
  const agent = new HostAgent()
  await serve<AgentEvent>(process.stdin, process.stdout, emit => agent.calls(emit))
  agent.abandon()
  // Sockets and sniffers would keep the loop alive; nobody is left to hear them.
  setImmediate(() => process.exit(0))
}

class HostAgent {
  #role: HostRole | undefined
  #sockets: Sockets | undefined
  #ears: Ears | undefined

  calls(emit: (event: AgentEvent) => void): AgentCalls {
    const own = () => need(this.#sockets, 'setUp')
    return {
      setUp: role => {
        this.#role = role
        this.#sockets = new Sockets(role.self.address, { called: markCalls(role, emit), happened: emit })
        return {
          pid: process.pid,
          sysctls: pinSysctls(role.sysctls),
          networkNamespace: readlinkSync('/proc/self/ns/net'),
        }
      },
      sniff: options => {
        this.#ears = new Ears(need(this.#role, 'setUp').kind, emit, options)
      },
      listen: options => own().listen(options),
      unlisten: options => own().unlisten(options),
      connect: options => own().connect(options),
      write: options => own().write(options),
      end: options => own().end(options),
      destroy: options => own().destroy(options),
      reset: options => own().reset(options),
      lose: async pattern => {
        await runCommands(loseCommands(need(this.#role, 'setUp').self, pattern))
      },
      counters: async () => {
        await this.#ears?.listenOut()
        keepCompiled()
        return { counters: readCounters(), packets: this.#ears?.heard ?? 0, drops: this.#ears?.drops() ?? 0 }
      },
    }
  }

  abandon(): void {
    this.#sockets?.abandon()
  }
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
