import type { TestbedHost } from '../testbed/testbed.ts'
import type { SocketNews } from './socket-news.ts'
import { StageListener, StageSocket } from './stage-socket.ts'

/** What a lab's play is given. */
export interface Stage {
  readonly client: StageHost
  readonly server: StageHost
  readonly wire: StageWire
  readonly ladder: StageLadder
}

/** The picture, as far as it has come true. */
interface StageLadder {
  /** Waits until everything in the row has happened. */
  row(n: number): Promise<void>
  /** The numbers of the rows that are drawn as lost. */
  readonly lost: readonly number[]
}

export type FaultTarget =
  | { readonly row: number }
  | {
      readonly from: string
      /** Exactly these, PSH aside: `'FIN,ACK'`. */
      readonly exactly: string
      readonly nth?: number
    }

interface StageWire {
  /** Drops one segment: that of a row of the picture, or the nth from now on with exactly these flags. */
  lose(target: FaultTarget): Promise<void>
}

const PORT = 5000
const FIRST_LOCAL_PORT = 40_000
const BACKLOG = 128

/** An endpoint, as a play sees it. */
export class StageHost {
  readonly name: string
  readonly address: string
  readonly #host: TestbedHost
  readonly #news: SocketNews
  #nextPort = FIRST_LOCAL_PORT
  #listener: StageListener | undefined

  constructor(host: TestbedHost, news: SocketNews) {
    this.name = host.place.name
    this.address = host.place.address
    this.#host = host
    this.#news = news
  }

  async listen({ port = PORT, backlog = BACKLOG }: { port?: number; backlog?: number } = {}): Promise<StageListener> {
    const id = await this.#host.agent.listen({ port, backlog })
    this.#listener = new StageListener(port, id, this.#host, this.#news)
    return this.#listener
  }

  /** Opens a connection and waits until it is established at this end. */
  async connect(to: StageHost, options: { port?: number; fromPort?: number } = {}): Promise<StageSocket> {
    const socket = await this.startConnecting(to, options)
    await socket.connected()
    return socket
  }

  /** Opens a connection and waits for nothing. */
  async startConnecting(
    to: StageHost,
    { port = to.port, fromPort = this.#nextPort++ }: { port?: number; fromPort?: number } = {},
  ): Promise<StageSocket> {
    const id = await this.#host.agent.connect({ host: to.address, port, fromPort })
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

  /** The port that it listens on, or would. */
  get port(): number {
    return this.#listener?.port ?? PORT
  }
}
