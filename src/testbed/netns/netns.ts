import { HandwaveError } from '../../errors.ts'
import { type Agent, LocalAgent } from '../../host/agent.ts'
import { endpointCommands, endpointSysctls, type HostPlace, wireCommands, wireSysctls } from '../../host/network.ts'
import { NetworkNamespace } from '../../host/network-namespace.ts'
import { type Command, runCommands, within } from '../../host/shell.ts'
import { ipv6Off, PINNED_SYSCTLS } from '../../host/sysctls.ts'
import { KernelTrace } from '../../host/trace.ts'
import { linkCommands } from '../../host/wire.ts'
import type { OnAgentEvent, Testbed, TestbedHost, TestbedRequest } from '../testbed.ts'
import { namespaceOf, planSegment, removeCommands, type Segment, segmentCommands } from './segment.ts'

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
  const segment = planSegment(options.tag, options.number, ['wire', ...request.endpoints.map(({ name }) => name)])
  await using undo = new AsyncDisposableStack()
  const trace = undo.use(
    new KernelTrace(
      options.tag,
      segment.hosts.map(({ device }) => device),
    ),
  )
  undo.defer(async () => void (await runCommands(removeCommands(segment))))
  // One shell for all of it: Node takes longer to fork than these programs to run.
  await runCommands([...segmentCommands(segment), ...segment.hosts.flatMap(host => furnishing(host, segment, request))])

  const hosts: TestbedHost[] = []
  for (const place of segment.hosts) {
    const namespace = new NetworkNamespace(namespaceOf(segment, place.name))
    const agent = undo.use(new LocalAgent(namespace, event => options.onEvent(place.name, event)))
    hosts.push(await settle(place, agent, request, trace.marker))
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

/** What is run in a host's namespace before its agent begins. The wire is the segment's first host. */
function furnishing(place: HostPlace, segment: Segment, { link }: TestbedRequest): Command[] {
  const [wire, ...endpoints] = segment.hosts
  if (!wire) return []
  const commands =
    place === wire
      ? [...wireCommands(wire, endpoints), ...linkCommands(wire, endpoints, link)]
      : endpointCommands(place, wire)
  return within(namespaceOf(segment, place.name), commands)
}

async function settle(
  place: HostPlace,
  agent: Agent,
  request: TestbedRequest,
  traceMarker: string,
): Promise<TestbedHost> {
  const own = request.endpoints.find(({ name }) => name === place.name)
  const told = await agent.setUp({
    self: place,
    kind: own ? 'endpoint' : 'wire',
    sysctls: {
      ...ipv6Off(),
      ...PINNED_SYSCTLS,
      ...(own ? { ...endpointSysctls(place), ...own.sysctls } : wireSysctls(place)),
    },
    traceMarker,
  })
  return { place, agent, ...told }
}
