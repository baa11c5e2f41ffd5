import { Socket, type SocketConstructorOpts } from 'node:net'
import { HandwaveError } from '../errors.ts'
import { errno, libc } from './libc.ts'
import type { Opening } from './opening.ts'

/** A socket that Node has not made, because what is to be set must be set before it connects. Null where nothing is. */
export function unopenedSocket(opening: Opening, options: SocketConstructorOpts): Socket | null {
  const { fastOpen = false, quickAck = true, firstNumber } = opening
  if (!fastOpen && quickAck && firstNumber === undefined) return null
  const fd = (libc('int socket(int, int, int)') as Call)(AF_INET, STREAM_NONBLOCK_CLOEXEC, 0)
  if (fd < 0) throw refused('A socket')
  if (fastOpen) set(fd, 'TCP_FASTOPEN_CONNECT', 1)
  if (!quickAck) set(fd, 'TCP_QUICKACK', 0)
  if (firstNumber !== undefined) {
    set(fd, 'TCP_REPAIR', 1)
    set(fd, 'TCP_REPAIR_QUEUE', SEND_QUEUE)
    set(fd, 'TCP_QUEUE_SEQ', firstNumber)
    set(fd, 'TCP_REPAIR', 0)
  }
  // Node would read at once, and what is not connected yet has nothing to read but an error.
  const unread = { manualStart: true }
  return new Socket({ ...options, ...unread, fd })
}

/** shutdown(2), now, whether there is a connection yet or not. */
export function shutDownWriting(socket: Socket): void {
  const { fd } = Reflect.get(socket, '_handle') as { readonly fd: number }
  if ((libc('int shutdown(int, int)') as Call)(fd, SHUT_WR) !== 0) throw refused('shutdown(2)')
}

/** include/uapi/linux/tcp.h */
const OPTIONS = {
  TCP_QUICKACK: 12,
  TCP_REPAIR: 19,
  TCP_REPAIR_QUEUE: 20,
  TCP_QUEUE_SEQ: 21,
  TCP_FASTOPEN_CONNECT: 30,
}
const SEND_QUEUE = 2
const AF_INET = 2
const SHUT_WR = 1
const IPPROTO_TCP = 6
const STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000

type Call = (...args: readonly unknown[]) => number

function set(fd: number, option: keyof typeof OPTIONS, value: number): void {
  const setsockopt = libc('int setsockopt(int, int, int, const uint32_t *, uint32_t)') as Call
  if (setsockopt(fd, IPPROTO_TCP, OPTIONS[option], [value >>> 0], 4) !== 0) throw refused(option)
}

function refused(what: string): HandwaveError {
  return new HandwaveError('SOCKET_OPTION', `${what} was refused by the kernel (errno ${errno()}).`)
}
