import { randomInt } from 'node:crypto'
import { HandwaveError, LacksError, MissingError } from '../../errors.ts'
import type { AgentEvent } from '../../host/agent-events.ts'
import { AGENT_METHODS, type ContainerAgent } from '../../host/container-agent.ts'
import type { HostPlace } from '../../host/network.ts'
import { ownerName } from '../../host/owner.ts'
import type { Command } from '../../host/shell.ts'
import { explain, furnishing, isGuarded, kindOf, planHosts, sysctlsOf } from '../furnishing.ts'
import type { OnAgentEvent, Testbed, TestbedHost, TestbedRequest } from '../testbed.ts'
import { FIRST_DEVICE } from './device-sysctls.ts'
import { type Engine, engineError, findEngine } from './engine.ts'
import { HostContainer, type Stranger } from './host-container.ts'
import { hasImage as isThere } from './image.ts'
import { makeNetwork } from './network.ts'
import { RemoteTrace } from './trace.ts'

export interface DockerOptions {
  readonly image: string
  /** Whether a container of its own reads the kernel's trace. */
  readonly trace: boolean
  /** The host in which a stranger's program is to run, if any. */
  readonly stranger?: Stranger & { readonly host: string }
  readonly onEvent: OnAgentEvent
}

/** Hosts as containers on a network made for them, spoken to through the engine alone. */
export async function openDocker(request: TestbedRequest, options: DockerOptions): Promise<Testbed> {
  if (isGuarded(request)) {
    throw new LacksError('NO_GUARD', 'What a SYN proxy takes off the wire is not seen between containers.', {
      hint: 'Run it with --on kernel.',
    })
  }
  const engine = await findEngine()
  const number = randomInt(SEGMENTS)
  const tag = `hwd${number}`
  const places = planHosts(tag, number, request)
  const lost = new AbortController()
  const { apiVersion, hasImage } = await askEngine(engine, options.image)
  if (!hasImage) throw imageIsGone(options.image)
  const common = { engine, apiVersion, image: options.image, onLost: (reason: HandwaveError) => lost.abort(reason) }
  const nameOf = (host: string) => `handwave-${ownerName()}-${number}-${host}`

  await using undo = new AsyncDisposableStack()
  const network = undo.use(await makeNetwork(engine))
  // One after the other they would take a second each to go.
  const started = new Set<AsyncDisposable>()
  undo.defer(async () => {
    await allOf([...started].map(one => one[Symbol.asyncDispose]()))
  })
  const using = <T extends AsyncDisposable>(one: T): T => {
    started.add(one)
    return one
  }
  const devices = places.map(({ device }) => device)
  const opening = options.trace
    ? RemoteTrace.open({ ...common, name: nameOf('trace'), tag, devices }).then(using)
    : null
  const settling = places.map(async place => {
    const container = using(
      await HostContainer.start({
        ...common,
        name: nameOf(place.name),
        role: 'agent',
        network: { name: network.name, place },
        sysctls: sysctlsOf({ ...place, device: FIRST_DEVICE }, request),
        stranger: options.stranger?.host === place.name ? options.stranger : undefined,
        onEvent: event => options.onEvent(place.name, event as AgentEvent),
      }),
    )
    const agent = container.inside<ContainerAgent>(AGENT_METHODS)
    const commands = [movingIn(place), ...furnishing(place, places, request)]
    await agent.furnish({ commands }).catch(error => explain(error, REMEDY))
    return { place, agent, container }
  })
  await allOf([opening, ...settling])
  const [first, ...others] = await Promise.all(settling)
  for (const { agent } of others) await agent.greet({ address: first?.place.address ?? '' })
  const [wire, ...endpoints] = await Promise.all(
    settling.map(async one => await setUp(await one, places, request, options.trace)),
  )
  const trace = await opening
  await trace?.begin()
  if (!wire) throw new HandwaveError('TESTBED', 'A segment was made without a wire.')
  const remains = undo.move()
  return {
    kind: 'docker',
    time: 'real',
    wire,
    endpoints,
    trace,
    atOnceMs: TOLD_WITHIN_MS,
    lost: lost.signal,
    [Symbol.asyncDispose]: () => remains.disposeAsync(),
  }
}

interface Furnished {
  readonly place: HostPlace
  readonly agent: ContainerAgent
  readonly container: HostContainer
}

async function setUp(
  { place, agent, container }: Furnished,
  hosts: readonly HostPlace[],
  request: TestbedRequest,
  isTraced: boolean,
): Promise<TestbedHost> {
  const kind = kindOf(place, request)
  // An engine's bridge is out of sight, on whichever machine it is.
  const surroundings = { hosts, bridge: null }
  const role = { self: place, kind, surroundings, sysctls: sysctlsOf(place, request), traceMarker: null, isTraced }
  const { id, name } = container
  return { place, agent, ...(await agent.setUp(role)), namespacePath: null, container: { id, name } }
}

async function askEngine({ container: { dockerode: api } }: Engine, image: string) {
  try {
    const { ApiVersion: apiVersion } = await api.version()
    return { apiVersion, hasImage: await isThere(api, image) }
  } catch (cause) {
    throw engineError('say what it has', cause)
  }
}

/** It was there when the run began. The engine would ask a registry for it, and it never came from one. */
function imageIsGone(image: string): MissingError {
  return new MissingError('HOST_IMAGE', `The host image ${image} was taken from the engine while labs ran.`, {
    hint: 'Run it again: the image is then made anew.',
  })
}

const REMEDY = 'Load the modules sch_netem and sch_prio where the engine runs. On this machine: --on kernel'

/** The engine's own addresses go, and the device is called as the trace shall call it. */
function movingIn({ device, mac }: HostPlace): Command {
  const stdin = [
    `link set ${FIRST_DEVICE} down`,
    `address flush dev ${FIRST_DEVICE}`,
    `link set ${FIRST_DEVICE} name ${device}`,
    `link set ${device} address ${mac}`,
  ]
  return { program: 'ip', args: ['-batch', '-'], stdin }
}

const SEGMENTS = 256
/** Through an engine, and on a busy machine, one agent is told so much later than the other. Less than a trip of the links that ask for it. */
const TOLD_WITHIN_MS = 250

/** Of several failures the first is told, once nothing is under way any more: what has been started must be taken away. */
async function allOf(promises: readonly unknown[]): Promise<void> {
  await Promise.allSettled(promises)
  await Promise.all(promises)
}
