import { connect, createServer, type Server, type Socket } from 'node:net'
import type { SocketCall } from '../evidence/evidence.ts'
import { HandwaveError } from '../errors.ts'
import { boundSocket, pendingError } from './bound-socket.ts'
import { startReading, stopReading } from './reading.ts'
import type { Opening } from './opening.ts'
import { shutDownWriting, unopenedSocket } from './unopened-socket.ts'

/** What a socket of this host did, told as it happens. */
export type SocketEvent =
  | { kind: 'accepted'; listener: number; socket: number; remote: string }
  | { kind: 'connected'; socket: number }
  | { kind: 'received'; socket: number; text: string }
  | { kind: 'ended'; socket: number }
  | { kind: 'closed'; socket: number }
  | { kind: 'failed'; socket: number; code: string; message: string }

export interface SocketWatcher {
  /** Called just before the call is made. */
  called(call: SocketCall['call'], connection: string | null): void
  happened(event: SocketEvent): void
}

export interface ListenOptions {
  readonly port: number
  readonly backlog: number
  /** Unless this is false Node does not answer a FIN with one of its own. */
  readonly allowHalfOpen?: boolean
  /** Accepted sockets begin paused. */
  readonly paused?: boolean
  /** False: it does not say SO_REUSEADDR, and a TIME_WAIT at its port keeps it from binding that (socket(7)). */
  readonly reuseAddress?: boolean
}

export interface ConnectOptions extends Opening {
  readonly host: string
  readonly port: number
  readonly fromPort: number
  readonly allowHalfOpen?: boolean
}

/** When a connection that says nothing is asked whether it still stands, and how often in vain. */
export interface KeepAlive {
  readonly initialDelayMs: number
  readonly intervalMs: number
  readonly probes: number
}

/** Node's own sockets, by number. Half-open on both sides, unless told otherwise: there would be little to see. */
export class Sockets {
  readonly #address: string
  readonly #watcher: SocketWatcher
  readonly #sockets = new Map<number, { socket: Socket; connection: string }>()
  readonly #listeners = new Map<number, Server>()
  #nextId = 1

  constructor(address: string, watcher: SocketWatcher) {
    this.#address = address
    this.#watcher = watcher
  }

  async listen(options: ListenOptions): Promise<number> {
    const { port, backlog, allowHalfOpen = true, paused = false, reuseAddress = true } = options
    const id = this.#nextId++
    const server = createServer({ allowHalfOpen, pauseOnConnect: paused }, socket => this.#accepted(id, socket))
    this.#listeners.set(id, server)
    this.#watcher.called('listen', null)
    const place = reuseAddress ? { port, host: this.#address } : { fd: boundSocket(this.#address, port) }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...place, backlog }, resolve)
    })
    return id
  }

  unlisten({ listener }: { listener: number }): void {
    this.#watcher.called('unlisten', null)
    this.#listeners.get(listener)?.close()
    this.#listeners.delete(listener)
  }

  /** Answers at once; `connected` or `failed` follows. */
  connect({ host, port, fromPort, allowHalfOpen = true, ...opening }: ConnectOptions): number {
    const connection = `${this.#address}:${fromPort}-${host}:${port}`
    this.#watcher.called('connect', connection)
    const way = { host, port, localAddress: this.#address, localPort: fromPort, allowHalfOpen }
    const socket = unopenedSocket(opening, { allowHalfOpen })?.connect(way) ?? connect(way)
    const id = this.#watch(socket, connection)
    socket.once('connect', () => this.#watcher.happened({ kind: 'connected', socket: id }))
    return id
  }

  /** A character is a byte, here as in what is received. */
  write({ socket, text }: { socket: number; text: string }): void {
    this.#calling('write', socket).write(text, 'latin1')
  }

  /** shutdown(SHUT_WR): everything written so far, then a FIN. */
  end({ socket }: { socket: number }): void {
    const own = this.#calling('end', socket)
    // Node would wait until there is a connection.
    if (own.connecting) shutDownWriting(own)
    else own.end()
  }

  /** close(2): both directions at once. */
  destroy({ socket }: { socket: number }): void {
    this.#calling('destroy', socket).destroy()
  }

  /** close(2) with SO_LINGER at zero: a RST. */
  reset({ socket }: { socket: number }): void {
    abort(this.#calling('reset', socket))
  }

  /** Takes nothing more from the kernel's receive queue. No call that TCP would hear of. */
  pause({ socket }: { socket: number }): void {
    stopReading(this.#find(socket).socket)
  }

  resume({ socket }: { socket: number }): void {
    startReading(this.#find(socket).socket)
  }

  /** What its program would be told if it asked, and has not been told yet: `'ECONNRESET'`. */
  error({ socket }: { socket: number }): string | null {
    const handle = Reflect.get(this.#find(socket).socket, '_handle') as { readonly fd: number } | null
    return handle && pendingError(handle.fd)
  }

  /** By whole seconds, as the kernel counts them (tcp(7), TCP_KEEPIDLE). */
  keepAlive({ socket, initialDelayMs, intervalMs, probes }: { socket: number } & KeepAlive): void {
    this.#find(socket).socket.setKeepAlive(true, initialDelayMs, intervalMs, probes)
  }

  /** TCP_NODELAY: what is written leaves at once, however little it is. */
  noDelay({ socket }: { socket: number }): void {
    this.#find(socket).socket.setNoDelay(true)
  }

  /** Leaves no connection behind: its kernel would go on with it long after this host is gone. */
  abandon(): void {
    for (const { socket } of this.#sockets.values()) abort(socket)
    for (const server of this.#listeners.values()) server.close()
    this.#listeners.clear()
  }

  #accepted(listener: number, socket: Socket): void {
    const remote = `${socket.remoteAddress}:${socket.remotePort}`
    const connection = `${remote}-${socket.localAddress}:${socket.localPort}`
    this.#watcher.called('accept', connection)
    const id = this.#watch(socket, connection)
    this.#watcher.happened({ kind: 'accepted', listener, socket: id, remote })
  }

  #watch(socket: Socket, connection: string): number {
    const id = this.#nextId++
    this.#sockets.set(id, { socket, connection })
    const happened = (event: SocketEvent) => this.#watcher.happened(event)
    socket.setEncoding('latin1')
    socket.on('data', text => happened({ kind: 'received', socket: id, text: String(text) }))
    // Node closes as soon as it has read the end: before that it is said that it will.
    if (!socket.allowHalfOpen)
      socket.prependOnceListener('end', () => {
        if (!socket.writableEnded) this.#watcher.called('end', connection)
      })
    socket.once('end', () => happened({ kind: 'ended', socket: id }))
    socket.once('close', () => happened({ kind: 'closed', socket: id }))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      happened({ kind: 'failed', socket: id, code: error.code ?? 'UNKNOWN', message: error.message }),
    )
    return id
  }

  #calling(call: SocketCall['call'], id: number): Socket {
    const { socket, connection } = this.#find(id)
    this.#watcher.called(call, connection)
    return socket
  }

  #find(id: number): { socket: Socket; connection: string } {
    const entry = this.#sockets.get(id)
    if (!entry) throw new HandwaveError('NO_SUCH_SOCKET', `This host has no socket number ${id}.`)
    return entry
  }
}

/** ABORT (RFC 9293, 3.10.5). Before there is a connection nobody is told; Node would wait for one, to reset it. */
function abort(socket: Socket): void {
  if (socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}
