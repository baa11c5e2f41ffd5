import { connect, createServer, type Server, type Socket } from 'node:net'
import type { SocketCall } from '../evidence/evidence.ts'
import { HandwaveError } from '../errors.ts'

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

/**
 * Node's own sockets, by number. Half-open on both sides: otherwise Node answers a FIN with one of its own and there
 * is nothing to see.
 */
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

  async listen({ port, backlog }: { port: number; backlog: number }): Promise<number> {
    const id = this.#nextId++
    const server = createServer({ allowHalfOpen: true }, socket => this.#accepted(id, socket))
    this.#listeners.set(id, server)
    this.#watcher.called('listen', null)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host: this.#address, backlog }, resolve)
    })
    return id
  }

  unlisten({ listener }: { listener: number }): void {
    this.#watcher.called('unlisten', null)
    this.#listeners.get(listener)?.close()
    this.#listeners.delete(listener)
  }

  /** Answers at once; `connected` or `failed` follows. */
  connect({ host, port, fromPort }: { host: string; port: number; fromPort: number }): number {
    const connection = `${this.#address}:${fromPort}-${host}:${port}`
    this.#watcher.called('connect', connection)
    const socket = connect({ host, port, localAddress: this.#address, localPort: fromPort, allowHalfOpen: true })
    const id = this.#watch(socket, connection)
    socket.once('connect', () => this.#watcher.happened({ kind: 'connected', socket: id }))
    return id
  }

  write({ socket, text }: { socket: number; text: string }): void {
    this.#calling('write', socket).write(text)
  }

  /** shutdown(SHUT_WR): everything written so far, then a FIN. */
  end({ socket }: { socket: number }): void {
    this.#calling('end', socket).end()
  }

  /** close(2): both directions at once. */
  destroy({ socket }: { socket: number }): void {
    this.#calling('destroy', socket).destroy()
  }

  /** close(2) with SO_LINGER at zero: a RST. */
  reset({ socket }: { socket: number }): void {
    this.#calling('reset', socket).resetAndDestroy()
  }

  /** Leaves no connection behind: its kernel would go on with it long after this host is gone. */
  abandon(): void {
    for (const { socket } of this.#sockets.values()) socket.resetAndDestroy()
    for (const server of this.#listeners.values()) server.close()
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
    socket.once('end', () => happened({ kind: 'ended', socket: id }))
    socket.once('close', () => happened({ kind: 'closed', socket: id }))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      happened({ kind: 'failed', socket: id, code: error.code ?? 'UNKNOWN', message: error.message }),
    )
    return id
  }

  #calling(call: SocketCall['call'], id: number): Socket {
    const entry = this.#sockets.get(id)
    if (!entry) throw new HandwaveError('NO_SUCH_SOCKET', `This host has no socket number ${id}.`)
    this.#watcher.called(call, entry.connection)
    return entry.socket
  }
}
