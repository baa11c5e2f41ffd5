import { HandwaveError, UsageError } from '../errors.ts'
import type { AgentEvent } from '../host/agent.ts'
import type { SocketEvent } from '../host/sockets.ts'
import { FLAGS, type Flag } from '../tcp/segment.ts'
import type { TestbedHost } from '../testbed/testbed.ts'

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

/** What one host's agent has told of its sockets, for whoever waits for it. */
export class SocketNews {
  readonly #past: SocketEvent[] = []
  readonly #waiting = new Set<() => void>()
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  take(event: AgentEvent): void {
    if (event.kind === 'packet' || event.kind === 'table' || event.kind === 'call') return
    this.#past.push(event)
    for (const look of [...this.#waiting]) look()
  }

  /** The first answer that `find` gives, now or after any later event. */
  until<T>(find: (past: readonly SocketEvent[]) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(look)
        this.#signal.removeEventListener('abort', give)
      }
      const give = () => {
        stop()
        reject(this.#signal.reason)
      }
      const look = () => {
        try {
          const found = find(this.#past)
          if (found === undefined) return
          stop()
          resolve(found)
        } catch (error) {
          stop()
          reject(error)
        }
      }
      if (this.#signal.aborted) return reject(this.#signal.reason)
      this.#signal.addEventListener('abort', give)
      this.#waiting.add(look)
      look()
    })
  }
}

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
    this.#listener = new StageListener(this, port, id, this.#host, this.#news)
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

export class StageListener {
  readonly host: StageHost
  readonly port: number
  readonly #id: number
  readonly #host: TestbedHost
  readonly #news: SocketNews
  readonly #taken = new Set<number>()

  constructor(host: StageHost, port: number, id: number, testbedHost: TestbedHost, news: SocketNews) {
    this.host = host
    this.port = port
    this.#id = id
    this.#host = testbedHost
    this.#news = news
  }

  /** The next connection, or the one whose other end is given. */
  async accept(other?: StageSocket): Promise<StageSocket> {
    const event = await this.#news.until(past =>
      past.find(
        event =>
          event.kind === 'accepted' &&
          event.listener === this.#id &&
          !this.#taken.has(event.socket) &&
          (other === undefined || event.remote === other.local),
      ),
    )
    const { socket } = event as Extract<SocketEvent, { kind: 'accepted' }>
    this.#taken.add(socket)
    return new StageSocket(socket, `${this.host.address}:${this.port}`, this.#host, this.#news)
  }

  async close(): Promise<void> {
    await this.#host.agent.unlisten({ listener: this.#id })
  }
}

/** One end of a connection: a Node socket in another host, half-open allowed. */
export class StageSocket {
  readonly local: string
  readonly #id: number
  readonly #host: TestbedHost
  readonly #news: SocketNews

  constructor(id: number, local: string, host: TestbedHost, news: SocketNews) {
    this.#id = id
    this.local = local
    this.#host = host
    this.#news = news
  }

  async write(text: string): Promise<void> {
    await this.#host.agent.write({ socket: this.#id, text })
  }

  /** shutdown(SHUT_WR): says goodbye in this direction, and goes on listening. */
  async end(): Promise<void> {
    await this.#host.agent.end({ socket: this.#id })
  }

  /** close(2): both directions. */
  async destroy(): Promise<void> {
    await this.#host.agent.destroy({ socket: this.#id })
  }

  /** Ends the connection with a RST. */
  async reset(): Promise<void> {
    await this.#host.agent.reset({ socket: this.#id })
  }

  async connected(): Promise<void> {
    await this.#until('connected')
  }

  /** The other side has said that it will send no more. */
  async ended(): Promise<void> {
    await this.#until('ended')
  }

  async closed(): Promise<void> {
    await this.#news.until(past => past.find(event => event.kind === 'closed' && event.socket === this.#id))
  }

  /** Waits until so many bytes have come, and gives all that have. */
  async received(bytes: number): Promise<string> {
    return this.#news.until(past => {
      const text = past
        .filter(event => event.kind === 'received' && event.socket === this.#id)
        .map(event => (event as Extract<SocketEvent, { kind: 'received' }>).text)
        .join('')
      return text.length >= bytes ? text : undefined
    })
  }

  /** Waits for an event of this socket; one that failed never has it. */
  async #until(kind: 'connected' | 'ended'): Promise<void> {
    await this.#news.until(past => {
      const own = past.filter(event => event.kind !== 'accepted' && event.socket === this.#id)
      const wanted = own.find(event => event.kind === kind)
      const failed = own.find(event => event.kind === 'failed')
      if (!wanted && failed)
        throw new HandwaveError(failed.code, `The socket at ${this.local} failed: ${failed.message}.`)
      return wanted
    })
  }
}

export function readFlags(text: string): Flag[] {
  return text.split(',').map(name => {
    const flag = FLAGS.find(known => known === name.trim().toUpperCase())
    if (!flag) throw new UsageError('FLAG', `'${name}' is no TCP flag.`, { hint: `Known are ${FLAGS.join(', ')}.` })
    return flag
  })
}
