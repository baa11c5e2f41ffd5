import { closeSync, openSync, writeSync } from 'node:fs'
import type { HostCounters, SocketCall } from '../evidence/evidence.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readCounters } from './counters.ts'
import type { HostPlace } from './network.ts'
import type { NetworkNamespace } from './network-namespace.ts'
import { runCommands } from './shell.ts'
import { type Sniffer, sniff } from './sniffer.ts'
import { readSocketTable, type SocketTableLine } from './socket-table.ts'
import { type SocketEvent, Sockets } from './sockets.ts'
import { pinSysctls } from './sysctls.ts'
import { loseCommands, type Pattern } from './wire.ts'

/** What an agent tells without being asked. Times are this kernel's CLOCK_MONOTONIC, in nanoseconds. */
export type AgentEvent =
  | { kind: 'packet'; tNs: number; base64: string }
  | { kind: 'table'; tNs: number; lines: SocketTableLine[] }
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

/**
 * What is at work in a host: it does what it is told, and tells what it hears. All of it is asynchronous, because an agent
 * need not be in the harness's own process.
 */
export interface Agent extends AsyncDisposable {
  setUp(role: HostRole): Promise<{ pid: number; sysctls: Record<string, string>; networkNamespace: string }>
  sniff(options: SniffOptions): Promise<void>
  listen(options: { port: number; backlog: number }): Promise<number>
  unlisten(options: { listener: number }): Promise<void>
  connect(options: { host: string; port: number; fromPort: number }): Promise<number>
  write(options: { socket: number; text: string }): Promise<void>
  end(options: { socket: number }): Promise<void>
  destroy(options: { socket: number }): Promise<void>
  reset(options: { socket: number }): Promise<void>
  lose(pattern: Pattern): Promise<void>
  counters(): Promise<{ counters: HostCounters; packets: number; drops: number }>
}

/** An agent in the harness's own process, which steps into the host's network namespace for whatever it does there. */
export class LocalAgent implements Agent {
  readonly #namespace: NetworkNamespace
  readonly #emit: (event: AgentEvent) => void
  #role: HostRole | undefined
  #sockets: Sockets | undefined
  #ears: Ears | undefined
  #marks: CallMarks | undefined

  constructor(namespace: NetworkNamespace, emit: (event: AgentEvent) => void) {
    this.#namespace = namespace
    this.#emit = emit
  }

  async setUp(role: HostRole) {
    this.#role = role
    const marks = new CallMarks(role, this.#emit)
    this.#marks = marks
    this.#sockets = new Sockets(role.self.address, {
      called: (call, connection) => marks.mark(call, connection),
      happened: this.#emit,
    })
    const sysctls = this.#namespace.run(() => pinSysctls(role.sysctls))
    return { pid: process.pid, sysctls, networkNamespace: this.#namespace.id }
  }

  async sniff(options: SniffOptions) {
    const readTable = () => this.#namespace.run(readSocketTable)
    const hearing = need(this.#role, 'setUp').kind === 'endpoint' ? readTable : null
    this.#ears = this.#namespace.run(() => new Ears(hearing, this.#emit, options))
  }

  listen(options: { port: number; backlog: number }) {
    return this.#namespace.hold(() => this.#own().listen(options))
  }

  async unlisten(options: { listener: number }) {
    this.#own().unlisten(options)
  }

  connect(options: { host: string; port: number; fromPort: number }) {
    return this.#namespace.hold(async () => {
      const socket = this.#own().connect(options)
      // Node makes the socket, and calls connect(2), on its next tick.
      await nextTurn()
      return socket
    })
  }

  async write(options: { socket: number; text: string }) {
    this.#own().write(options)
  }

  async end(options: { socket: number }) {
    this.#own().end(options)
  }

  async destroy(options: { socket: number }) {
    this.#own().destroy(options)
  }

  async reset(options: { socket: number }) {
    this.#own().reset(options)
  }

  async lose(pattern: Pattern) {
    const commands = loseCommands(need(this.#role, 'setUp').self, pattern)
    await this.#namespace.run(() => runCommands(commands))
  }

  async counters() {
    await this.#ears?.listenOut()
    const counters = this.#namespace.run(readCounters)
    return { counters, packets: this.#ears?.heard ?? 0, drops: this.#ears?.drops() ?? 0 }
  }

  /** Leaves no connection behind: its kernel would go on with it long after the host is gone. */
  async [Symbol.asyncDispose]() {
    this.#sockets?.abandon()
    this.#ears?.close()
    await nextTurn()
    this.#marks?.[Symbol.dispose]()
    this.#namespace[Symbol.dispose]()
  }

  #own(): Sockets {
    return need(this.#sockets, 'setUp')
  }
}

/** Says each socket call twice: to the harness, and into the kernel's trace, where it gets its place among the states. */
class CallMarks implements Disposable {
  readonly #host: string
  readonly #emit: (event: AgentEvent) => void
  readonly #marker: number | null
  #ordinal = 0

  constructor({ self, traceMarker }: HostRole, emit: (event: AgentEvent) => void) {
    this.#host = self.name
    this.#emit = emit
    this.#marker = traceMarker === null ? null : openSync(traceMarker, 'w')
  }

  mark(call: SocketCall['call'], connection: string | null): void {
    this.#ordinal++
    if (this.#marker !== null) writeSync(this.#marker, `handwave ${this.#host} ${this.#ordinal}`)
    this.#emit({ kind: 'call', tNs: nowNs(), ordinal: this.#ordinal, call, connection })
  }

  [Symbol.dispose](): void {
    if (this.#marker !== null) closeSync(this.#marker)
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
  readonly #readTable: (() => SocketTableLine[]) | null
  #burst: AgentEvent[] = []

  constructor(
    readTable: (() => SocketTableLine[]) | null,
    emit: (event: AgentEvent) => void,
    { receiveBufferBytes }: SniffOptions,
  ) {
    this.#readTable = readTable
    this.#emit = emit
    this.#sniffer = sniff(packet => this.#hear(packet), receiveBufferBytes)
  }

  close(): void {
    this.#sniffer.close()
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

  #hear(packet: Uint8Array): void {
    this.heard++
    // raw-socket's callback runs no promise continuations: everything else waits for the next turn of the loop.
    if (this.#burst.length === 0) setImmediate(() => this.#tell())
    this.#burst.push({ kind: 'packet', tNs: nowNs(), base64: Buffer.from(packet).toString('base64') })
  }

  #tell(): void {
    const burst = this.#burst
    this.#burst = []
    const lines = this.#readTable?.()
    if (lines) burst.push({ kind: 'table', tNs: nowNs(), lines })
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
