import type { Agent } from '../host/agent.ts'
import type { AgentEvent } from '../host/agent-events.ts'
import type { HostPlace } from '../host/network.ts'
import type { Link } from '../host/netem.ts'
import type { Guard } from '../host/guard.ts'

/** What a lab asks of a testbed: who is there, and what must be so before they are. */
export interface TestbedRequest {
  /** The endpoints, in the order of their addresses; the wire is always there. */
  readonly endpoints: readonly EndpointRequest[]
  readonly link: Link
  /** The hosts that the wire stands before with a SYN proxy, by name. */
  readonly guard?: Readonly<Record<string, Guard>>
}

interface EndpointRequest {
  readonly name: string
  readonly sysctls: Readonly<Record<string, string>>
}

/** A host with its agent at work in it. */
export interface TestbedHost {
  readonly place: HostPlace
  readonly agent: Agent
  readonly pid: number
  readonly networkNamespace: string
  /** A file by which it can be entered from outside; null where there is none. */
  readonly namespacePath: string | null
  /** Its container, where it is one. */
  readonly container?: { readonly id: string; readonly name: string }
  /** The settings it was given, as its kernel reads them back. */
  readonly sysctls: Readonly<Record<string, string>>
}

/** N hosts on a private segment, with agents in them. Disposing takes them away again. */
export interface Testbed extends AsyncDisposable {
  readonly kind: 'kernel' | 'netns' | 'docker'
  readonly time: 'virtual' | 'real'
  readonly wire: TestbedHost
  readonly endpoints: readonly TestbedHost[]
  /** Null where the kernel's tracer cannot be reached. */
  readonly trace: Trace | null
  /** Within so much of each other hosts act at once, where agents are told through something slow. */
  readonly atOnceMs?: number
  /** Aborted when the hosts are no more, though nobody has taken them away. */
  readonly lost?: AbortSignal
}

/** The kernel's own account of what it did, wherever it is read. */
export interface Trace {
  /** Whether agents mark their calls in it: where they cannot, only the clock says where a call belongs. */
  readonly hasMarks: boolean
  /** All whole lines since the last time. Never waits. */
  read(): readonly string[]
  /** How far it has been read, by its own clock. */
  readonly untilNs: number
  /** Until all that has happened by now can be read. */
  catchUp(): Promise<void>
}

export type OnAgentEvent = (host: string, event: AgentEvent) => void
