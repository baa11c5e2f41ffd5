import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { HandwaveError } from '../errors.ts'
import { nowNs } from './agent-events.ts'
import { errno, libc } from './libc.ts'
import { type Bracketed, InOrder, onOtherClock } from './two-clocks.ts'

/**
 * When the kernel received what a raw socket has just handed on (socket(7), SIOCGSTAMP). Its reader may come to it long after: a
 * busy machine lets it wait. raw-socket does not tell its descriptor, but it is the one that appears as the socket is made.
 */
export class ReceiveTimes<T> {
  readonly socket: T
  readonly #fd: number
  /** One socket hands on what came in the order in which it came. */
  readonly #inOrder = new InOrder()

  constructor(open: () => T) {
    const before = new Set(rawSockets())
    this.socket = open()
    const found = rawSockets().find(fd => !before.has(fd))
    if (found === undefined) throw new HandwaveError('RECEIVE_TIMES', 'A raw socket was opened, and has no descriptor.')
    this.#fd = found
    // The kernel begins to stamp when it is first asked; there is no packet yet, and it says so.
    this.#ask()
  }

  /** Of the last packet, on the clock of `nowNs`; null if the kernel has none for it. The wall's clock may be set at any time. */
  last(): Bracketed | null {
    const stamp = this.#ask()
    return stamp === null ? null : this.#inOrder.next(onOtherClock(stamp, wallClockNs, nowNs))
  }

  #ask(): bigint | null {
    ioctl ??= libc('int ioctl(int fd, unsigned long request, void *argument)') as Ioctl
    const time = Buffer.alloc(TIMESPEC_BYTES)
    if (ioctl(this.#fd, SIOCGSTAMPNS, time) === 0) return nanoseconds(time)
    if (errno() === ENOENT) return null
    throw new HandwaveError('RECEIVE_TIMES', `The kernel does not tell when a packet came (errno ${errno()}).`)
  }
}

type Ioctl = (fd: number, request: number, argument: Buffer) => number
type ClockGettime = (clock: number, time: Buffer) => number
let ioctl: Ioctl | undefined
let gettime: ClockGettime | undefined

function wallClockNs(): bigint {
  gettime ??= libc('int clock_gettime(int clock, void *time)') as ClockGettime
  const time = Buffer.alloc(TIMESPEC_BYTES)
  gettime(CLOCK_REALTIME, time)
  return nanoseconds(time)
}

/** A struct timespec. */
function nanoseconds(time: Buffer): bigint {
  return time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8)
}

/** Descriptors of this process that are raw sockets of the namespace that it is in. */
function rawSockets(): number[] {
  const [, ...lines] = readFileSync('/proc/thread-self/net/raw', 'latin1').trimEnd().split('\n')
  const inodes = new Set(lines.map(line => line.trim().split(/\s+/)[9]))
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter(fd => inodes.has(/^socket:\[(\d+)\]$/.exec(linkOf(fd))?.[1]))
}

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

const SIOCGSTAMPNS = 0x8907
const ENOENT = 2
const CLOCK_REALTIME = 0
const TIMESPEC_BYTES = 16
