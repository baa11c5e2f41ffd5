import type { Agent } from '../host/agent.ts'
import type { AgentEvent } from '../host/agent-events.ts'
import type { HostPlace } from '../host/network.ts'
import type { KernelTrace } from '../host/trace.ts'
import type { Link } from '../host/wire.ts'

/** What a lab asks of a testbed: who is there, and what must be so before they are. */
export interface TestbedRequest {
  /** The endpoints, in the order of their addresses; the wire is always there. */
  readonly endpoints: readonly EndpointRequest[]
  readonly link: Link
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
  readonly trace: KernelTrace | null
}

export type OnAgentEvent = (host: string, event: AgentEvent) => void
