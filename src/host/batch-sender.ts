import koffi from 'koffi'
import { HandwaveError } from '../errors.ts'
import type { HostNamespace } from './host-namespace.ts'
import { IPPROTO_RAW, unsent } from './injector.ts'
import { InventedSyns, SYN_BYTES, type Target } from './invented-syns.ts'
import { errno, libc } from './libc.ts'

/** How many SYNs go to the kernel in one call. */
export const BATCH = 512

/**
 * Sends SYNs many at a time (sendmmsg(2)) by a raw socket of its own: raw-socket takes them one by one, each with a callback,
 * and so does not come up to what a kernel can carry. What the structures point to stays where it is: they are made once.
 */
export class BatchSender implements Disposable {
  readonly #fd: number
  readonly #target: Target
  readonly #syns: InventedSyns
  readonly #packets = Buffer.alloc(BATCH * SYN_BYTES)
  readonly #view = new DataView(this.#packets.buffer, this.#packets.byteOffset)
  readonly #messages = Buffer.alloc(BATCH * MMSGHDR_BYTES)
  readonly #slices = Buffer.alloc(BATCH * IOVEC_BYTES)
  readonly #name: Buffer
  readonly #send = libc('int sendmmsg(int fd, void *messages, unsigned int count, int flags)') as SendMmsg

  constructor(namespace: HostNamespace, target: Target) {
    const socket = libc('int socket(int domain, int type, int protocol)') as Socket
    this.#fd = namespace.run(() => socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW))
    if (this.#fd < 0) throw new HandwaveError('INJECT', `A raw socket cannot be opened (errno ${errno()}).`)
    this.#target = target
    this.#syns = new InventedSyns(target)
    this.#name = socketAddress(target.address)
    for (let index = 0; index < BATCH; index++) this.#layOut(index)
  }

  /** Sends the SYNs from the nth on, and gives how many the kernel has taken: none if it has no room just now. */
  send(from: number, count: number): number {
    for (let index = 0; index < count; index++) this.#syns.write(from + index, this.#view, index * SYN_BYTES)
    const sent = this.#send(this.#fd, this.#messages, count, 0)
    if (sent >= 0) return sent
    if (FULL.includes(errno())) return 0
    throw unsent(this.#target.address, `errno ${errno()}`)
  }

  /** One of the last batch. */
  packet(index: number): Uint8Array {
    return this.#packets.subarray(index * SYN_BYTES, (index + 1) * SYN_BYTES)
  }

  [Symbol.dispose](): void {
    const close = libc('int close(int fd)') as Close
    close(this.#fd)
  }

  /** A struct mmsghdr, the struct iovec that it points to, and the packet that this one points to. */
  #layOut(index: number): void {
    this.#packets.set(this.#syns.template, index * SYN_BYTES)
    const slice = index * IOVEC_BYTES
    this.#slices.writeBigUInt64LE(koffi.address(this.#packets) + BigInt(index * SYN_BYTES), slice)
    this.#slices.writeBigUInt64LE(BigInt(SYN_BYTES), slice + 8)
    const message = index * MMSGHDR_BYTES
    this.#messages.writeBigUInt64LE(koffi.address(this.#name), message)
    this.#messages.writeUInt32LE(this.#name.length, message + 8)
    this.#messages.writeBigUInt64LE(koffi.address(this.#slices) + BigInt(slice), message + 16)
    this.#messages.writeBigUInt64LE(1n, message + 24)
  }
}

type Socket = (domain: number, type: number, protocol: number) => number
type SendMmsg = (fd: number, messages: Buffer, count: number, flags: number) => number
type Close = (fd: number) => number

const AF_INET = 2
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
/** On every 64-bit Linux. */
const MMSGHDR_BYTES = 64
const IOVEC_BYTES = 16
/** EAGAIN, and ENOBUFS of a device whose queue is full. */
const FULL: readonly number[] = [11, 105]

/** A struct sockaddr_in (ip(7)); a raw socket has no port. */
function socketAddress(address: string): Buffer {
  const name = Buffer.alloc(16)
  name.writeUInt16LE(AF_INET)
  for (const [index, byte] of address.split('.').entries()) name.writeUInt8(Number(byte), 4 + index)
  return name
}
