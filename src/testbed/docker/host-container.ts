import { type Duplex, finished, PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { GenericContainer } from 'testcontainers'
import { HandwaveError, LacksError, MissingError } from '../../errors.ts'
import { Channel, throughChannel } from '../../host/channel.ts'
import type { ContainerEvent, ContainerRole } from '../../host/container-agent.ts'
import type { HostPlace } from '../../host/network.ts'
import { refusedSysctl } from '../../host/sysctls.ts'
import { placeSysctls } from './device-sysctls.ts'
import { doesAnswer, type Engine, engineError, misfortune } from './engine.ts'
import { ownLabels } from './labels.ts'
import { unlessGone } from './leftovers.ts'
import { findRefused } from './refused-sysctl.ts'

export interface ContainerOptions {
  readonly engine: Engine
  /** That the engine speaks. */
  readonly apiVersion: string
  readonly image: string
  /** In the container's name. */
  readonly name: string
  readonly role: ContainerRole
  /** Null for none at all. */
  readonly network: { readonly name: string; readonly place: HostPlace } | null
  /** Under /proc/sys nothing can be changed from inside. */
  readonly sysctls: Readonly<Record<string, string>>
  /** Where a stranger's program is to run: its folder, and where that is seen. */
  readonly stranger?: Stranger | undefined
  readonly onEvent: (event: ContainerEvent) => void
  /** It has ended of itself, or its engine has. */
  readonly onLost: (reason: HandwaveError) => void
}

export interface Stranger {
  readonly folder: string
  readonly at: string
  /** Folders that it may write to: in memory, and small. */
  readonly writes: readonly string[]
}

/**
 * A container, and what is at work in it, spoken to through the engine alone: a remote one need be reached by nothing else.
 * The program ends when nobody speaks to it any more, and the engine then takes the container away.
 */
export class HostContainer implements AsyncDisposable {
  readonly id: string
  readonly name: string
  readonly #engine: Engine
  readonly #channel: Channel<ContainerEvent>
  readonly #lost: { isExpected: boolean }

  static async start(options: ContainerOptions): Promise<HostContainer> {
    const container = new AgentContainer(options)
    try {
      const started = await container.start()
      const { channel, lost } = container
      if (!channel) throw new HandwaveError('CONTAINER', 'The engine has started a container and not spoken of it.')
      return new HostContainer(started.getId(), options, channel, lost)
    } catch (error) {
      const told = error instanceof HandwaveError ? error : await explain(options, error)
      // Where the engine is gone it takes nothing away either: that is said already.
      await container.remove().catch(() => {})
      throw told
    }
  }

  private constructor(
    id: string,
    { name, engine }: ContainerOptions,
    channel: Channel<ContainerEvent>,
    lost: { isExpected: boolean },
  ) {
    this.id = id
    this.name = name
    this.#engine = engine
    this.#channel = channel
    this.#lost = lost
  }

  /** What works in there, as if it were here. */
  inside<T>(methods: readonly (keyof T & string)[]): T {
    return throughChannel<T>(this.#channel, methods)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lost.isExpected = true
    this.#channel.end()
    await removeContainer(this.#engine, this.id)
  }
}

/** Testcontainers' own, with the settings for which it has no methods. */
class AgentContainer extends GenericContainer {
  channel: Channel<ContainerEvent> | undefined
  readonly lost = { isExpected: false }
  readonly #options: ContainerOptions
  #id: string | undefined

  constructor(options: ContainerOptions) {
    super(options.image)
    const { name, network, role, apiVersion } = options
    const sysctls = placeSysctls(options.sysctls, apiVersion)
    this.#options = options
    this.withName(name)
      .withLabels(ownLabels())
      .withAddedCapabilities(...CAPABILITIES[role])
      .withCopyDirectoriesToContainer(
        CODE.map(folder => ({ source: `${SOURCE}/${folder}`, target: `${HOME}/${folder}` })),
      )
      .withCopyFilesToContainer([{ source: `${SOURCE}/errors${ENDING}`, target: `${HOME}/errors${ENDING}` }])
      .withCopyContentToContainer([{ content: '{ "type": "module" }\n', target: `${HOME}/package.json` }])
      .withCommand(['node', `${HOME}/host/in-container${ENDING}`, role])
      .withNetworkMode(network?.name ?? 'none')
    const { stranger } = options
    if (stranger) this.withCopyDirectoriesToContainer([{ source: stranger.folder, target: stranger.at }])
    if (role === 'trace') this.withSecurityOpt('apparmor=unconfined', 'seccomp=unconfined')
    Object.assign(this.createOpts, {
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      StopSignal: 'SIGKILL',
      ...(network && {
        NetworkingConfig: { EndpointsConfig: { [network.name]: endpoint(network.place, sysctls.endpoint) } },
      }),
    })
    Object.assign(this.hostConfig, {
      AutoRemove: true,
      Sysctls: { ...sysctls.container },
      // What it says is said to us, and not kept.
      LogConfig: { Type: 'none', Config: {} },
      ...(stranger && {
        ...{ Memory: MOST_MEMORY, MemorySwap: MOST_MEMORY, PidsLimit: MOST_PROCESSES },
        Dns: [NOWHERE],
        Tmpfs: Object.fromEntries(stranger.writes.map(path => [path, SMALL])),
      }),
    })
  }

  /** Before it starts: nobody may miss its first word. */
  protected override async containerCreated(id: string): Promise<void> {
    this.#id = id
    const { engine, onEvent, onLost, name } = this.#options
    const api = engine.container.dockerode
    const stream = (await api.getContainer(id).attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })) as Duplex
    const [output, complaints] = [new PassThrough(), new PassThrough()]
    api.modem.demuxStream(stream, output, complaints)
    const channel = new Channel<ContainerEvent>(output, stream, onEvent)
    let said = ''
    complaints.on('data', text => {
      said = `${said}${String(text)}`.slice(-MOST_SAID)
    })
    const lose = async () => {
      const reason = this.lost.isExpected ? over(name) : await whyLost(engine, name, said.trim())
      channel.lose(reason)
      if (!this.lost.isExpected) onLost(reason)
    }
    finished(stream, () => void lose())
    this.channel = channel
  }

  async remove(): Promise<void> {
    this.lost.isExpected = true
    if (this.#id !== undefined) await removeContainer(this.#options.engine, this.#id)
  }
}

/** Beside the engine's usual ones. A tracer must see what is no container's. */
const CAPABILITIES: Readonly<Record<ContainerRole, readonly ('NET_ADMIN' | 'NET_RAW' | 'SYS_ADMIN')[]>> = {
  agent: ['NET_ADMIN', 'NET_RAW'],
  trace: ['SYS_ADMIN'],
}

/** A stranger's program has so much with its agent, which takes a quarter of it. */
const MOST_MEMORY = 384 * 1024 * 1024
const MOST_PROCESSES = 128
/**
 * TEST-NET-1 (RFC 5737): no route leads there from a container of a lab. Of the machine's own resolvers engines before 26.0
 * ask even for containers that have no way out (CVE-2024-29018).
 */
const NOWHERE = '192.0.2.1'
const SMALL = 'rw,exec,nosuid,nodev,size=16m,mode=1777'

/** Sources in a clone, compiled ones in a package. */
const SOURCE = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const ENDING = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
/** What an agent consists of. Its packages are in the image. */
const CODE = ['host', 'tcp']
const HOME = '/handwave/agent'
const MOST_SAID = 2000

function endpoint({ address, mac }: HostPlace, options: Readonly<Record<string, string>>) {
  return { IPAMConfig: { IPv4Address: address }, MacAddress: mac, DriverOpts: { ...options } }
}

function over(name: string): HandwaveError {
  return new HandwaveError('OVER', `The container ${name} has been told to end.`)
}

/** A container that ends is its lab's misfortune; an engine that does is everybody's. */
async function whyLost(engine: Engine, name: string, said: string): Promise<HandwaveError> {
  const sentence = `The container ${name} has ended. ${said}`.trim()
  if (await doesAnswer(engine)) {
    return new LacksError('HOST_LOST', sentence, {
      hint: 'The engine answers: who or what has ended it says docker events --since 10m.',
    })
  }
  return new MissingError('ENGINE_LOST', `${sentence} The engine answers no more.`, {
    hint: 'Is it still running? docker info. What is left: handwave clean',
  })
}

async function removeContainer({ container: { dockerode: api } }: Engine, id: string): Promise<void> {
  const container = api.getContainer(id)
  const gone = container.wait({ condition: 'removed' }).catch(() => {})
  await container
    .remove({ force: true, v: true })
    .catch(unlessGone)
    .catch(cause => {
      throw engineError('take a container away', cause)
    })
  // Whoever took it away: it is not gone before its end of the network is.
  await gone
}

async function explain({ name, engine, sysctls }: ContainerOptions, cause: unknown): Promise<HandwaveError> {
  const told = await misfortune(engine, `start the container ${name}`, cause)
  const refused = findRefused(told.message, sysctls)
  return refused === undefined ? told : refusedSysctl(refused, sysctls[refused], cause)
}
