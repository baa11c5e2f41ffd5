import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HostCounters } from '../evidence/evidence.ts'
import type { AgentEvent } from './agent-events.ts'
import { CallMarks } from './call-marks.ts'
import { readCounters, since } from './counters.ts'
import { Ears, type SniffOptions } from './ears.ts'
import type { HostPlace } from './network.ts'
import type { NetworkNamespace } from './network-namespace.ts'
import { runCommands } from './shell.ts'
import { readSocketTable } from './socket-table.ts'
import { Sockets } from './sockets.ts'
import { pinSysctls } from './sysctls.ts'
import { loseCommands, type Pattern } from './wire.ts'

/** What a host needs to know to take its place in the lab. */
export interface HostRole {
  readonly self: HostPlace
  readonly kind: 'endpoint' | 'wire'
  readonly sysctls: Readonly<Record<string, string>>
  /** The tracer's marker file, where this host can reach it: calls are then placed in the kernel's own order. */
  readonly traceMarker: string | null
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
  counters(): Promise<{ counters: HostCounters; drops: number }>
}

/** An agent in the harness's own process, which steps into the host's network namespace for whatever it does there. */
export class LocalAgent implements Agent {
  readonly #namespace: NetworkNamespace
  readonly #emit: (event: AgentEvent) => void
  #role: HostRole | undefined
  #sockets: Sockets | undefined
  #ears: Ears | undefined
  #marks: CallMarks | undefined
  #before: HostCounters | undefined

  constructor(namespace: NetworkNamespace, emit: (event: AgentEvent) => void) {
    this.#namespace = namespace
    this.#emit = emit
  }

  async setUp(role: HostRole) {
    this.#role = role
    const marks = new CallMarks(role.self.name, role.traceMarker, this.#emit)
    this.#marks = marks
    this.#sockets = new Sockets(role.self.address, {
      called: (call, connection) => marks.mark(call, connection),
      happened: this.#emit,
    })
    const sysctls = this.#namespace.run(() => pinSysctls(role.sysctls))
    this.#before = this.#readCounters()
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
    const counters = since(need(this.#before, 'setUp'), this.#readCounters())
    return { counters, drops: this.#ears?.drops() ?? 0 }
  }

  /** Leaves no connection behind: its kernel would go on with it long after the host is gone. */
  async [Symbol.asyncDispose]() {
    this.#sockets?.abandon()
    this.#ears?.close()
    await nextTurn()
    this.#marks?.[Symbol.dispose]()
    this.#namespace[Symbol.dispose]()
  }

  #readCounters(): HostCounters {
    const { device } = need(this.#role, 'setUp').self
    return this.#namespace.run(() => readCounters(device))
  }

  #own(): Sockets {
    return need(this.#sockets, 'setUp')
  }
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The agent was asked for something that needs ${what} first.`)
  return value
}
