import { HandwaveError } from '../errors.ts'
import type { SocketEvent } from '../host/sockets.ts'
import type { TestbedHost } from '../testbed/testbed.ts'
import type { SocketNews } from './socket-news.ts'

/** A listening socket, as a play sees it. */
export class StageListener {
  readonly address: string
  readonly port: number
  readonly #id: number
  readonly #host: TestbedHost
  readonly #news: SocketNews
  readonly #taken = new Set<number>()

  constructor(port: number, id: number, testbedHost: TestbedHost, news: SocketNews) {
    this.address = testbedHost.place.address
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
    return new StageSocket(socket, `${this.address}:${this.port}`, this.#host, this.#news)
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
