import { HandwaveError } from '../errors.ts'
import type { KeepAlive, SocketEvent } from '../host/sockets.ts'
import type { TestbedHost } from '../testbed/testbed.ts'
import type { HostNews } from './host-news.ts'

const AWAITED = {
  connected: (local: string) => `the socket at ${local} to be connected`,
  ended: (local: string) => `the other side's goodbye at ${local}`,
} as const

/** A listening socket, as a play sees it. */
export class StageListener {
  readonly address: string
  readonly port: number
  readonly #id: number
  readonly #host: TestbedHost
  readonly #news: HostNews
  readonly #taken = new Set<number>()

  constructor(port: number, id: number, testbedHost: TestbedHost, news: HostNews) {
    this.address = testbedHost.place.address
    this.port = port
    this.#id = id
    this.#host = testbedHost
    this.#news = news
  }

  /** The next connection, or the one whose other end is given. */
  async accept(other?: StageSocket): Promise<StageSocket> {
    const event = await this.#news.until(
      past =>
        past.find(
          event =>
            event.kind === 'accepted' &&
            event.listener === this.#id &&
            !this.#taken.has(event.socket) &&
            (other === undefined || event.remote === other.local),
        ),
      `a connection to ${this.address}:${this.port}`,
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
  readonly #news: HostNews

  constructor(id: number, local: string, host: TestbedHost, news: HostNews) {
    this.#id = id
    this.local = local
    this.#host = host
    this.#news = news
  }

  /** A character is a byte, here as in what is received. */
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

  /** Its program takes nothing more: what comes fills the kernel's receive queue, and closes the window in the end. */
  async pause(): Promise<void> {
    await this.#host.agent.pause({ socket: this.#id })
  }

  async resume(): Promise<void> {
    await this.#host.agent.resume({ socket: this.#id })
  }

  /** Has the kernel ask now and then whether the other side is still there; as the host's sysctls say, or otherwise. */
  async keepAlive(options: Partial<KeepAlive> = {}): Promise<void> {
    await this.#host.agent.keepAlive({ socket: this.#id, ...options })
  }

  /** What is written leaves at once, however little it is. */
  async noDelay(): Promise<void> {
    await this.#host.agent.noDelay({ socket: this.#id })
  }

  async connected(): Promise<void> {
    await this.#until('connected')
  }

  /** The other side has said that it will send no more. */
  async ended(): Promise<void> {
    await this.#until('ended')
  }

  async closed(): Promise<void> {
    await this.#news.until(
      past => past.find(event => event.kind === 'closed' && event.socket === this.#id),
      `the end of the connection at ${this.local}`,
    )
  }

  /** Waits until it has failed, and gives the error's name: `'ECONNRESET'`. */
  async failed(): Promise<string> {
    const event = await this.#news.until(
      past => past.find(event => event.kind === 'failed' && event.socket === this.#id),
      `the socket at ${this.local} to fail`,
    )
    return (event as Extract<SocketEvent, { kind: 'failed' }>).code
  }

  /** What its program would be told if it asked its kernel now, and has not been told yet; null for nothing. */
  async error(): Promise<string | null> {
    return await this.#host.agent.error({ socket: this.#id })
  }

  /** Waits until so many bytes have come, and gives all that have. */
  async received(bytes: number): Promise<string> {
    return this.#news.until(past => {
      const text = past
        .filter(event => event.kind === 'received' && event.socket === this.#id)
        .map(event => (event as Extract<SocketEvent, { kind: 'received' }>).text)
        .join('')
      return text.length >= bytes ? text : undefined
    }, `${bytes} bytes at ${this.local}`)
  }

  /** Waits for an event of this socket; one that failed never has it. */
  async #until(kind: 'connected' | 'ended'): Promise<void> {
    await this.#news.until(past => {
      const own = past.filter(event => 'socket' in event && event.kind !== 'accepted' && event.socket === this.#id)
      const wanted = own.find(event => event.kind === kind)
      const failed = own.find(event => event.kind === 'failed')
      if (!wanted && failed)
        throw new HandwaveError(failed.code, `The socket at ${this.local} failed: ${failed.message}.`)
      return wanted
    }, AWAITED[kind](this.local))
  }
}
