import type { Agent } from './agent.ts'
import type { AgentEvent } from './agent-events.ts'
import type { Command } from './shell.ts'

/** An agent in a container, where nobody else can furnish its host. */
export interface ContainerAgent extends Agent {
  furnish(options: { readonly commands: readonly Command[] }): Promise<void>
  /** Until that host answers. */
  greet(options: { readonly address: string }): Promise<void>
}

/** What can be asked of one through a channel: all that it can do. */
const ASKED: Readonly<Record<Exclude<keyof ContainerAgent, symbol>, true>> = {
  furnish: true,
  greet: true,
  setUp: true,
  sniff: true,
  counters: true,
  socketTable: true,
  listen: true,
  unlisten: true,
  connect: true,
  write: true,
  end: true,
  destroy: true,
  reset: true,
  pause: true,
  resume: true,
  keepAlive: true,
  noDelay: true,
  error: true,
  inject: true,
  flood: true,
  withholdResets: true,
  start: true,
  signal: true,
  feed: true,
  silence: true,
  speak: true,
  crash: true,
  lose: true,
  refuse: true,
  hold: true,
  cut: true,
  mend: true,
  loseAtRandom: true,
}
export const AGENT_METHODS = Object.keys(ASKED) as (keyof typeof ASKED)[]

/** The kernel's trace, kept by a container that may read it. */
export interface TraceKeeper {
  open(options: { readonly name: string; readonly devices: readonly string[] }): Promise<void>
  /** Tells all that has happened by now before it answers. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

export const TRACE_METHODS = ['open', 'catchUp', 'close'] as const satisfies readonly (keyof TraceKeeper)[]

/** Lines of the trace, and how far it has been read. */
export interface TraceEvent {
  readonly lines: readonly string[]
  readonly untilNs: number
}

/** Which of them a container is for. */
export type ContainerRole = 'agent' | 'trace'
export type ContainerEvent = AgentEvent | TraceEvent
