import { nowNs } from './agent-events.ts'
import { openRaw, type RawSocket } from './raw.ts'
import { ReceiveTimes } from './receive-times.ts'

const IPPROTO_TCP = 6
const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const SO_MEMINFO = 55
/** SK_MEMINFO_DROPS: the ninth of SO_MEMINFO's 32-bit values. */
const MEMINFO_DROPS_OFFSET = 8 * 4
const MEMINFO_BYTES = 9 * 4
/** raw-socket's own default, 4096, cuts longer packets short. */
const LARGEST_PACKET = 65_536
/** Room for a second and more of a flood while its reader is away. */
const DEFAULT_RECEIVE_BUFFER = 32 * 1024 * 1024

export interface Sniffer {
  /** Packets that the kernel dropped because the receive buffer was full. */
  drops(): number
  close(): void
}

export interface SniffOptions {
  readonly receiveBufferBytes?: number
  /** Stamps by the kernel, where no trace tells when a packet came. */
  readonly kernelTimes?: boolean
}

/** When a packet came at the latest, and how much earlier it may have come: hardly, where the kernel says it. */
interface Reception {
  readonly tNs: number
  readonly awayNs?: number
}

/** raw-socket reads one a turn of the loop, which a flood outruns: whatever else has come by now is read as well. */
function takeTheRest({ wrap, buffer }: RawSocket, take: (packet: Uint8Array) => void): void {
  try {
    for (let n = 0; n < MOST_AT_ONCE; n++) wrap.recv(buffer, (_, bytes) => take(buffer.subarray(0, bytes)))
  } catch (error) {
    if ((error as Error).message !== NOTHING_MORE) throw error
  }
}

/** Others have their turn as well. */
const MOST_AT_ONCE = 256
/** EAGAIN, as strerror(3) has it. */
const NOTHING_MORE = 'Resource temporarily unavailable'

/**
 * Hears every inbound TCP packet of this host, IP header included, whatever socket it is for (raw(7)). The listener is
 * handed a copy: raw-socket gives each one a slice of the same buffer.
 */
export function sniff(
  onPacket: (packet: Uint8Array, when: Reception) => void,
  { receiveBufferBytes = DEFAULT_RECEIVE_BUFFER, kernelTimes = false }: SniffOptions,
): Sniffer {
  const open = () => openRaw({ protocol: IPPROTO_TCP, bufferSize: LARGEST_PACKET })
  const times = kernelTimes ? new ReceiveTimes<RawSocket>(open) : null
  const socket = times?.socket ?? open()
  socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, receiveBufferBytes)
  const take = (packet: Uint8Array) => {
    const when = times?.last() ?? { tNs: nowNs() }
    onPacket(Uint8Array.from(packet), when)
  }
  socket.on('message', packet => {
    take(packet)
    takeTheRest(socket, take)
  })
  return {
    drops() {
      const info = Buffer.alloc(MEMINFO_BYTES)
      socket.getOption(SOL_SOCKET, SO_MEMINFO, info, info.length)
      return info.readUInt32LE(MEMINFO_DROPS_OFFSET)
    },
    close: () => socket.close(),
  }
}
