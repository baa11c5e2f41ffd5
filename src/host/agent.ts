import type { HostCounters } from '../evidence/evidence.ts'
import type { Surroundings } from './enclosure.ts'
import type { FloodOptions, FloodReport } from './flood.ts'
import type { SniffOptions } from './sniffer.ts'
import type { HostPlace } from './network.ts'
import type { ProgramOptions, ProgramSignal } from './program.ts'
import type { SocketTableLine } from './socket-table.ts'
import type { ConnectOptions, KeepAlive, ListenOptions } from './sockets.ts'
import type { WireFaults } from './wire-faults.ts'

/** What a host needs to know to take its place in the lab. */
export interface HostRole {
  readonly self: HostPlace
  readonly kind: 'endpoint' | 'wire'
  readonly surroundings: Surroundings
  readonly sysctls: Readonly<Record<string, string>>
  /** The tracer's marker file, where this host can reach it: calls are then placed in the kernel's own order. */
  readonly traceMarker: string | null
  /** Whether the kernel's trace is a witness: without it the socket table is looked at far more often. */
  readonly isTraced: boolean
}

/**
 * What is at work in a host: it does what it is told, and tells what it hears. All of it is asynchronous, because an agent
 * need not be in the harness's own process.
 */
export interface Agent extends WireFaults, AsyncDisposable {
  setUp(role: HostRole): Promise<{ pid: number; sysctls: Record<string, string>; networkNamespace: string }>
  sniff(options: SniffOptions): Promise<void>
  counters(options?: { readonly asked: readonly string[] }): Promise<{ counters: HostCounters; drops: number }>
  /** What its kernel says of its sockets now. */
  socketTable(): Promise<SocketTableLine[]>

  listen(options: ListenOptions): Promise<number>
  unlisten(options: { listener: number }): Promise<void>
  connect(options: ConnectOptions): Promise<number>
  write(options: { socket: number; text: string }): Promise<void>
  end(options: { socket: number }): Promise<void>
  destroy(options: { socket: number }): Promise<void>
  reset(options: { socket: number }): Promise<void>
  /** What comes stays in the kernel's receive queue, until `resume`. */
  pause(options: { socket: number }): Promise<void>
  resume(options: { socket: number }): Promise<void>
  /** What is not said is as the host's sysctls have it. */
  keepAlive(options: { socket: number } & Partial<KeepAlive>): Promise<void>
  noDelay(options: { socket: number }): Promise<void>
  /** What has befallen a socket and its program does not know yet (SO_ERROR); null for nothing. */
  error(options: { socket: number }): Promise<string | null>

  /** Sends one whole IPv4 packet with a TCP segment in it, whoever it says that it is from. */
  inject(options: { base64: string }): Promise<void>
  /** Sends so many SYNs from invented addresses, and answers when it has. */
  flood(options: FloodOptions): Promise<FloodReport>

  /** Answers with the program's number once it runs. */
  start(options: ProgramOptions): Promise<number>
  signal(options: { program: number; signal: ProgramSignal }): Promise<void>
  /** Writes to the program's standard input, and ends that if it is the last. */
  feed(options: { program: number; text: string; isLast?: boolean }): Promise<void>

  /** Nothing reaches this host and nothing leaves it, until `speak`. Its TCP is not told. */
  silence(): Promise<void>
  speak(): Promise<void>
  /** Its kernel refuses nothing from here on: what it does not know may be a program's on raw sockets. */
  withholdResets(): Promise<void>
  /** As after a power cut: its programs and connections are gone, and nobody has been told. */
  crash(): Promise<void>
}
