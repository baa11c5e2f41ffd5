import { getSystemErrorName } from 'node:util'
import { HandwaveError } from '../errors.ts'
import { errno, libc } from './libc.ts'

type Call = (...args: readonly unknown[]) => number

/** A socket that has a port and has not said SO_REUSEADDR, which Node says for every one that it binds (uv_tcp_bind). */
export function boundSocket(address: string, port: number): number {
  const fd = (libc('int socket(int, int, int)') as Call)(AF_INET, STREAM_NONBLOCK_CLOEXEC, 0)
  const ends = new Uint8Array(16)
  new DataView(ends.buffer).setUint16(0, AF_INET, true)
  new DataView(ends.buffer).setUint16(2, port)
  ends.set(address.split('.').map(Number), 4)
  if ((libc('int bind(int, const void *, uint32_t)') as Call)(fd, ends, ends.length) === 0) return fd
  const error = getSystemErrorName(-errno())
  ;(libc('int close(int)') as Call)(fd)
  throw new HandwaveError(error, `bind(2) to ${address}:${port} failed: ${error}.`)
}

/** SO_ERROR (socket(7)): what has befallen a socket since its program was last told. Null for nothing. */
export function pendingError(fd: number): string | null {
  const error = [0]
  const getsockopt = libc('int getsockopt(int, int, int, _Out_ int *, _Inout_ uint32_t *)') as Call
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, error, [4]) !== 0)
    throw new HandwaveError('SOCKET_OPTION', `getsockopt(2) failed: ${getSystemErrorName(-errno())}.`)
  return error[0] ? getSystemErrorName(-error[0]) : null
}

const AF_INET = 2
const STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000
const SOL_SOCKET = 1
const SO_ERROR = 4
