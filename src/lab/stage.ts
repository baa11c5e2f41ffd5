import { HandwaveError } from '../errors.ts'
import type { ProgramOptions } from '../host/program.ts'
import type { ConnectOptions, ListenOptions } from '../host/sockets.ts'
import type { TestbedHost } from '../testbed/testbed.ts'
import { portOf } from '../evidence/connections.ts'
import { fromProc } from '../tcp/states.ts'
import type { HostNews } from './host-news.ts'
import { FIRST_LOCAL_PORT, PORT, readFlags, shape } from './faults.ts'
import type { FloodSpec } from './flood-plan.ts'
import { type Forged, forge, toBase64 } from './forge.ts'
import { type HeardSegment, readHeard } from './heard.ts'
import { StageProgram } from './stage-program.ts'
import { StageListener, StageSocket } from './stage-socket.ts'
import type { StageWire } from './stage-wire.ts'

/** What a lab's play is given. */
export interface Stage {
  readonly client: StageHost
  readonly server: StageHost
  /** One of the lab's further hosts, by its name. */
  readonly host: (name: string) => StageHost
  readonly wire: StageWire
  /** Sends the flood that the lab declares, to the last segment. */
  readonly flood: () => Promise<void>
  readonly ladder: StageLadder
  /** Lets so much time pass in the lab: `'10m'`. */
  readonly wait: (duration: string) => Promise<void>
}

/** The picture, as far as it has come true. */
interface StageLadder {
  /** Waits until everything in the row has happened. */
  row(n: number): Promise<void>
  /** The numbers of the rows that are drawn as lost. */
  readonly lost: readonly number[]
}

const BACKLOG = 128

type Calling = Partial<Omit<ConnectOptions, 'host'>>

/** In each container of a network that it has made, an engine answers for names there. */
const ENGINES_RESOLVER = '127.0.0.11:'

/** An endpoint, as a play sees it. */
export class StageHost {
  readonly name: string
  readonly address: string
  readonly #host: TestbedHost
  readonly #news: HostNews
  #nextPort = FIRST_LOCAL_PORT
  #listener: StageListener | undefined

  constructor(host: TestbedHost, news: HostNews) {
    this.name = host.place.name
    this.address = host.place.address
    this.#host = host
    this.#news = news
  }

  async listen({ port = PORT, backlog = BACKLOG, ...others }: Partial<ListenOptions> = {}): Promise<StageListener> {
    const id = await this.#host.agent.listen({ port, backlog, ...others })
    this.#listener = new StageListener(port, id, this.#host, this.#news)
    return this.#listener
  }

  /** Opens a connection and waits until it is established at this end. */
  async connect(to: StageHost, options: Calling = {}): Promise<StageSocket> {
    const socket = await this.startConnecting(to, options)
    await socket.connected()
    return socket
  }

  /** Opens a connection and waits for nothing. */
  async startConnecting(
    to: StageHost,
    { port = to.port, fromPort = this.#nextPort++, ...others }: Calling = {},
  ): Promise<StageSocket> {
    const id = await this.#host.agent.connect({ host: to.address, port, fromPort, ...others })
    return new StageSocket(id, `${this.address}:${fromPort}`, this.#host, this.#news)
  }

  /** A connection with both its ends, as programs see them: established here, accepted there. */
  async connectTo(other: StageHost): Promise<[near: StageSocket, far: StageSocket]> {
    const listener = other.#listener ?? (await other.listen())
    const near = await this.startConnecting(other)
    const far = await listener.accept(near)
    await near.connected()
    return [near, far]
  }

  /** Starts a program of any language here. Of the lab it knows what its environment says. */
  async start(
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    where: Pick<ProgramOptions, 'folder' | 'sandbox'> = { folder: '/' },
  ): Promise<StageProgram> {
    this.#news.programStarts()
    const given = { HOST: this.address, PORT: String(this.port), ...environment }
    const id = await this.#host.agent.start({ command, environment: given, ...where })
    return new StageProgram(id, this.#host, this.#news)
  }

  /** The ports that somebody listens on here. */
  async listening(): Promise<number[]> {
    const lines = await this.#host.agent.socketTable()
    const listening = lines.filter(({ state }) => fromProc(state) === 'LISTEN')
    return listening
      .filter(({ local }) => !local.startsWith(ENGINES_RESOLVER))
      .map(({ local }) => Number(portOf(local)))
  }

  /** Sends a segment that no kernel has made, from whatever address. */
  async inject(forged: Forged): Promise<void> {
    await this.#host.agent.inject({ base64: toBase64(forge(forged)) })
  }

  /** Sends a flood's segments, all of them. */
  async send({ segments, perSecond }: FloodSpec, to: StageHost): Promise<void> {
    const target = { address: to.address, port: to.port }
    const sent = await this.#host.agent.flood({ to: target, segments, perSecond })
    if (sent.segments === segments) return
    throw new HandwaveError('FLOOD', `Of ${segments} segments of a flood ${this.name} could send ${sent.segments}.`)
  }

  /** The first segment to arrive here with exactly these flags, PSH aside, as a program on a raw socket hears it. */
  async heard(flags: string): Promise<HeardSegment> {
    const wanted = shape(readFlags(flags))
    return await this.#news.until(past => {
      for (const event of past) {
        const segment = event.kind === 'packet' ? readHeard(event.base64) : null
        if (segment && shape(segment.flags) === wanted) return segment
      }
      return undefined
    })
  }

  /** Its kernel sends no RST from here on: for a program that has its connections on raw sockets. */
  async withholdResets(): Promise<void> {
    await this.#host.agent.withholdResets()
  }

  /** As after a power cut and a new start: no programs, no connections, and nobody has been told. */
  async crash(): Promise<void> {
    await this.#host.agent.crash()
    this.#listener = undefined
  }

  /** Nothing reaches it and nothing leaves it until it speaks again, though all its programs run on. */
  async silence(): Promise<void> {
    await this.#host.agent.silence()
  }

  async speak(): Promise<void> {
    await this.#host.agent.speak()
  }

  /** The port that it listens on, or would. */
  get port(): number {
    return this.#listener?.port ?? PORT
  }
}
