import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HostCounters } from '../evidence/evidence.ts'
import type { Agent, HostRole } from './agent.ts'
import { type AgentEvent, nowNs } from './agent-events.ts'
import { CallMarks } from './call-marks.ts'
import { readCounters, since } from './counters.ts'
import { forgetConnections } from './crash.ts'
import type { Direction } from './cuts.ts'
import { Ears } from './ears.ts'
import { Enclosure } from './enclosure.ts'
import { flood, type FloodOptions } from './flood.ts'
import { Budget, limitsOf } from './flood-limits.ts'
import { Injector } from './injector.ts'
import type { Pattern } from './losses.ts'
import type { HostNamespace } from './host-namespace.ts'
import type { ProgramOptions, ProgramSignal } from './program.ts'
import { turnOffOffloads } from './offloads.ts'
import { Programs } from './programs.ts'
import type { RandomLoss } from './random-loss.ts'
import { withholdResetsCommands } from './resets.ts'
import { type Command, runCommands } from './shell.ts'
import { silenceCommands, speakCommands } from './silence.ts'
import type { SniffOptions } from './sniffer.ts'
import { readSocketTable } from './socket-table.ts'
import { type ConnectOptions, type KeepAlive, type ListenOptions, Sockets } from './sockets.ts'
import { pinSysctls } from './sysctls.ts'
import { TableWatch } from './table-watch.ts'
import { NftFaults, type WireFaults } from './wire-faults.ts'

/** An agent in the harness's own process, which steps into the host's network namespace for whatever it does there. */
export class LocalAgent implements Agent {
  readonly #namespace: HostNamespace
  readonly #emit: (event: AgentEvent) => void
  readonly #programs: Programs
  #role: HostRole | undefined
  #sockets: Sockets | undefined
  #ears: Ears | undefined
  #tables: TableWatch | undefined
  #marks: CallMarks | undefined
  #before: HostCounters | undefined
  #enclosure: Enclosure | undefined
  #budget: Budget | undefined
  #injector: Injector | undefined
  readonly #over: AbortSignal

  constructor(namespace: HostNamespace, emit: (event: AgentEvent) => void, over: AbortSignal) {
    this.#over = over
    this.#namespace = namespace
    this.#emit = emit
    this.#programs = new Programs(namespace, event => {
      // Its calls are not marked: what they have changed is looked at before anybody acts on its words, and ends it.
      if (event.kind === 'program-said') this.#tables?.lookNow()
      emit(event)
    })
  }

  async setUp(role: HostRole) {
    this.#role = role
    const marks = new CallMarks(role.self.name, role.traceMarker, this.#emit)
    this.#marks = marks
    this.#sockets = new Sockets(role.self.address, {
      called: (call, connection) => {
        // What is changed by it was otherwise before.
        if (!role.isTraced) this.#tables?.lookNow()
        marks.mark(call, connection)
        if (!role.isTraced) this.#tables?.lookSoon()
      },
      happened: this.#emit,
    })
    const sysctls = this.#namespace.run(() => {
      turnOffOffloads(role.self.device)
      return pinSysctls(role.sysctls, role.self.device)
    })
    this.#before = this.#readCounters()
    return { pid: process.pid, sysctls, networkNamespace: this.#namespace.id }
  }

  async sniff(options: SniffOptions) {
    const { kind, isTraced } = this.#mustHaveRole()
    const isEndpoint = kind === 'endpoint'
    const tables = new TableWatch(() => this.#namespace.run(readSocketTable), this.#emit)
    this.#tables = tables
    const afterBurst = isEndpoint ? () => tables.lookNow() : () => {}
    this.#ears = this.#namespace.run(() => new Ears(this.#emit, afterBurst, { ...options, kernelTimes: !isTraced }))
    if (isTraced) return
    await this.#ears.sayThatListening()
    if (isEndpoint) tables.keepLooking()
  }

  async counters({ asked }: { asked: readonly string[] } = { asked: [] }) {
    await this.#ears?.listenOut()
    const counters = since(need(this.#before, 'setUp'), this.#readCounters(), asked)
    return { counters, drops: this.#ears?.drops() ?? 0 }
  }

  async socketTable() {
    return this.#namespace.run(readSocketTable)
  }

  listen(options: ListenOptions) {
    return this.#namespace.hold(() => this.#own().listen(options))
  }

  async unlisten(options: { listener: number }) {
    this.#own().unlisten(options)
  }

  connect(options: ConnectOptions) {
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

  async pause(options: { socket: number }) {
    this.#own().pause(options)
  }

  async resume(options: { socket: number }) {
    this.#own().resume(options)
  }

  async keepAlive(options: { socket: number } & Partial<KeepAlive>) {
    const { sysctls } = this.#mustHaveRole()
    // Node would have intervals of a second, whatever the sysctls say.
    const said = (name: string) => Number(sysctls[`net.ipv4.tcp_keepalive_${name}`])
    const usual = { initialDelayMs: said('time') * 1000, intervalMs: said('intvl') * 1000, probes: said('probes') }
    this.#own().keepAlive({ ...usual, ...options })
  }

  async noDelay(options: { socket: number }) {
    this.#own().noDelay(options)
  }

  async error(options: { socket: number }) {
    return this.#own().error(options)
  }

  async lose(pattern: Pattern) {
    await this.#faults().lose(pattern)
  }

  async refuse(pattern: Pattern) {
    await this.#faults().refuse(pattern)
  }

  async hold(pattern: Pattern) {
    await this.#faults().hold(pattern)
  }

  async cut(direction: Direction | null) {
    await this.#faults().cut(direction)
  }

  async mend() {
    await this.#faults().mend()
  }

  async loseAtRandom(options: RandomLoss & { directions: readonly Direction[] }) {
    await this.#faults().loseAtRandom(options)
  }

  async inject({ base64 }: { base64: string }) {
    const { namespace, enclosure, budget } = this.#means()
    this.#injector ??= new Injector(namespace, enclosure, budget)
    this.#emit({ kind: 'injected', tNs: nowNs(), base64 })
    await this.#injector.inject(Buffer.from(base64, 'base64'))
  }

  flood(options: FloodOptions) {
    const told = (packet: Uint8Array) =>
      this.#emit({ kind: 'injected', tNs: nowNs(), base64: Buffer.from(packet).toString('base64') })
    return flood(options, { ...this.#means(), told: this.#mustHaveRole().isTraced ? null : told })
  }

  start(options: ProgramOptions) {
    return this.#programs.start(options)
  }

  async signal({ program, signal }: { program: number; signal: ProgramSignal }) {
    await this.#programs.find(program).signal(signal)
  }

  async feed({ program, text, isLast = false }: { program: number; text: string; isLast?: boolean }) {
    this.#programs.find(program).feed(text, isLast)
  }

  async silence() {
    await this.#run(silenceCommands(this.#mustHaveRole().self.device))
  }

  async speak() {
    await this.#run(speakCommands())
  }

  async withholdResets() {
    await this.#run(withholdResetsCommands())
  }

  async crash() {
    await this.silence()
    await this.#programs.kill()
    this.#own().abandon()
    await forgetConnections(this.#namespace)
    await this.speak()
  }

  /** Leaves no connection behind: its kernel would go on with it long after the host is gone. */
  async [Symbol.asyncDispose]() {
    this.#sockets?.abandon()
    this.#injector?.[Symbol.dispose]()
    this.#tables?.[Symbol.dispose]()
    this.#ears?.close()
    await this.#programs[Symbol.asyncDispose]()
    await nextTurn()
    this.#marks?.[Symbol.dispose]()
    this.#enclosure?.[Symbol.dispose]()
    this.#namespace[Symbol.dispose]()
  }

  /** Most hosts send nothing by hand. */
  #means() {
    const { self, surroundings } = this.#mustHaveRole()
    this.#enclosure ??= new Enclosure(this.#namespace, self, surroundings)
    this.#budget ??= new Budget(limitsOf(surroundings))
    const [namespace, enclosure, budget] = [this.#namespace, this.#enclosure, this.#budget]
    return { namespace, enclosure, budget, signal: this.#over }
  }

  async #run(commands: readonly Command[]): Promise<void> {
    if (commands.length > 0) await this.#namespace.run(() => runCommands(commands))
  }

  #readCounters(): HostCounters {
    const { device } = this.#mustHaveRole().self
    return this.#namespace.run(() => readCounters(device))
  }

  #faults(): WireFaults {
    return new NftFaults(this.#mustHaveRole().self, commands => this.#run(commands))
  }

  #mustHaveRole(): HostRole {
    return need(this.#role, 'setUp')
  }

  #own(): Sockets {
    return need(this.#sockets, 'setUp')
  }
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The agent was asked for something that needs ${what} first.`)
  return value
}
