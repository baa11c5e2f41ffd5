import { HandwaveError } from '../../errors.ts'
import type { Agent } from '../../host/agent.ts'
import type { AgentEvent } from '../../host/agent-events.ts'
import { LocalAgent } from '../../host/local-agent.ts'
import type { HostPlace } from '../../host/network.ts'
import { NetworkNamespace } from '../../host/network-namespace.ts'
import { ownerName } from '../../host/owner.ts'
import { killStragglers } from '../../host/stragglers.ts'
import { type Command, runCommands, toScript, within } from '../../host/shell.ts'
import { ipv6Off } from '../../host/sysctls.ts'
import { KernelTrace } from '../../host/trace.ts'
import { untilOver } from '../../host/until-over.ts'
import { explain, furnishing, isGuarded, kindOf, planHosts, sysctlsOf } from '../furnishing.ts'
import type { OnAgentEvent, Testbed, TestbedHost, TestbedRequest } from '../testbed.ts'
import { BRIDGE, namespaceOf, removeCommands, type Segment, segmentCommands } from './segment.ts'

export interface NetnsOptions {
  readonly kind: 'kernel' | 'netns'
  /** Starts the names of everything that is made: short, because a device's name has 15 letters. */
  readonly tag: string
  /** Which segment of this kernel it is, from 0 to 255. */
  readonly number: number
  readonly onEvent: OnAgentEvent
}

/** Hosts as network namespaces of the kernel that this process runs on, whichever that is. */
export async function openNetns(request: TestbedRequest, options: NetnsOptions): Promise<Testbed> {
  const segment: Segment = { tag: options.tag, hosts: planHosts(options.tag, options.number, request) }
  await using undo = new AsyncDisposableStack()
  const trace = undo.use(
    new KernelTrace(
      options.tag,
      segment.hosts.map(({ device }) => device),
      { swallowed: isGuarded(request) },
    ),
  )
  // A lab kernel's namespaces end with it, and nobody need wait until they are taken away.
  if (options.kind === 'netns') {
    undo.defer(async () => {
      killStragglers(runner => runner === ownerName())
      await runCommands(removeCommands(segment))
    })
  }
  // One shell for all of it: Node takes longer to fork than these programs to run.
  await runCommands(setUpCommands(segment, request)).catch(error => explain(error, REMEDY))

  const hosts: TestbedHost[] = []
  for (const place of segment.hosts) {
    const namespace = new NetworkNamespace(namespaceOf(segment, place.name))
    const over = new AbortController()
    const emit = (event: AgentEvent) => options.onEvent(place.name, event)
    const agent = undo.use(untilOver(new LocalAgent(namespace, emit, over.signal), over))
    const namespacePath = `/proc/${process.pid}/root/run/netns/${namespaceOf(segment, place.name)}`
    hosts.push({ ...(await settle(place, agent, segment, request, trace.marker)), namespacePath })
  }
  const [wire, ...endpoints] = hosts
  if (!wire) throw new HandwaveError('TESTBED', 'A segment was made without a wire.')
  const remains = undo.move()
  return {
    kind: options.kind,
    time: options.kind === 'kernel' ? 'virtual' : 'real',
    wire,
    endpoints,
    trace,
    [Symbol.asyncDispose]: () => remains.disposeAsync(),
  }
}

const REMEDY = 'Run it with --on kernel, or load the modules sch_netem and sch_prio.'

function setUpCommands(segment: Segment, request: TestbedRequest): Command[] {
  const furnished = segment.hosts.flatMap(host =>
    within(namespaceOf(segment, host.name), furnishing(host, segment.hosts, request)),
  )
  return [...segmentCommands(segment), ...furnished]
}

async function settle(
  place: HostPlace,
  agent: Agent,
  segment: Segment,
  request: TestbedRequest,
  traceMarker: string,
): Promise<Omit<TestbedHost, 'namespacePath'>> {
  const sysctls = { ...ipv6Off(), ...sysctlsOf(place, request) }
  const surroundings = { hosts: segment.hosts, bridge: namespaceOf(segment, BRIDGE) }
  const role = { self: place, kind: kindOf(place, request), surroundings, sysctls, traceMarker, isTraced: true }
  return { place, agent, ...(await agent.setUp(role)) }
}

/** What opening such a testbed runs and closing it, as scripts, without running anything. */
export function planCommands(request: TestbedRequest, { tag, number }: Pick<NetnsOptions, 'tag' | 'number'>) {
  const segment: Segment = { tag, hosts: planHosts(tag, number, request) }
  const sysctls = segment.hosts.flatMap(place => {
    const settings = Object.entries(sysctlsOf(place, request)).map(([name, value]) => `${name}=${value}`)
    return within(namespaceOf(segment, place.name), [{ program: 'sysctl', args: ['-qw', ...settings] }])
  })
  const [wire] = segment.hosts
  return {
    hosts: segment.hosts,
    setUp: toScript([...setUpCommands(segment, request), ...sysctls]),
    /** What the wire is told while the lab runs. */
    onTheWire: (commandsOf: (wire: HostPlace) => readonly Command[]) =>
      wire ? toScript(within(namespaceOf(segment, wire.name), commandsOf(wire))) : '',
    takeDown: toScript(removeCommands(segment)),
  }
}
