import { HandwaveError } from '../../errors.ts'
import { endpointCommands, endpointSysctls, type HostPlace, wireCommands, wireSysctls } from '../../host/network.ts'
import { type Command, runCommands } from '../../host/shell.ts'
import { ipv6Off, PINNED_SYSCTLS } from '../../host/sysctls.ts'
import { KernelTrace } from '../../host/trace.ts'
import { linkCommands } from '../../host/wire.ts'
import type { OnAgentDeath, OnAgentEvent, Testbed, TestbedHost, TestbedRequest } from '../testbed.ts'
import { type Agent, Agents } from './agents.ts'
import { namespaceOf, planSegment, removeCommands, segmentCommands } from './segment.ts'

export interface NetnsOptions {
  /** Starts the names of everything that is made: short, because a device's name has 15 letters. */
  readonly tag: string
  readonly kind: 'kernel' | 'netns'
  /** Which segment of this kernel it is, from 0 to 255. */
  readonly number: number
  readonly onEvent: OnAgentEvent
  readonly onDeath: OnAgentDeath
}

/** Hosts as network namespaces of the kernel that this process runs on, whichever that is. */
export async function openNetns(request: TestbedRequest, options: NetnsOptions): Promise<Testbed> {
  const segment = planSegment(options.tag, options.number, ['wire', ...request.endpoints.map(({ name }) => name)])
  const devices = segment.hosts.map(({ device }) => device)
  await using undo = new AsyncDisposableStack()
  const trace = undo.use(new KernelTrace(options.tag, devices))
  undo.defer(async () => void (await runCommands(removeCommands(segment))))
  const starts = segment.hosts.map(place => ({
    place,
    namespace: namespaceOf(segment, place.name),
    commands: furnishingOf(place, segment.hosts, request),
  }))
  const agents = undo.use(new Agents(segmentCommands(segment), starts, options.onEvent, options.onDeath))
  const [wire, ...endpoints] = await Promise.all(
    segment.hosts.map(place => setUp(place, agents.byHost.get(place.name), request, trace.marker)),
  )
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

/** The wire is the segment's first host. */
function furnishingOf(
  place: HostPlace,
  [wire, ...endpoints]: readonly HostPlace[],
  { link }: TestbedRequest,
): Command[] {
  if (!wire) return []
  if (place !== wire) return endpointCommands(place, wire)
  return [...wireCommands(wire, endpoints), ...linkCommands(wire, endpoints, link)]
}

async function setUp(
  place: HostPlace,
  agent: Agent | undefined,
  request: TestbedRequest,
  traceMarker: string,
): Promise<TestbedHost> {
  if (!agent) throw new HandwaveError('TESTBED', `No agent was started for ${place.name}.`)
  const own = request.endpoints.find(({ name }) => name === place.name)
  const told = await agent.call('setUp', {
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
