import raw from 'raw-socket'

const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const SO_MEMINFO = 55
/** SK_MEMINFO_DROPS: the ninth of SO_MEMINFO's 32-bit values. */
const MEMINFO_DROPS_OFFSET = 8 * 4
const MEMINFO_BYTES = 9 * 4
/** raw-socket's own default, 4096, cuts longer packets short. */
const LARGEST_PACKET = 65_536
const DEFAULT_RECEIVE_BUFFER = 8 * 1024 * 1024

export interface Sniffer {
  /** Packets that the kernel dropped because the receive buffer was full. */
  drops(): number
  close(): void
}

/**
 * Hears every inbound TCP packet of this host, IP header included, whatever socket it is for (raw(7)). The listener is
 * handed a copy: raw-socket gives each one a slice of the same buffer.
 */
export function sniff(onPacket: (packet: Uint8Array) => void, receiveBufferBytes = DEFAULT_RECEIVE_BUFFER): Sniffer {
  const socket = raw.createSocket({ protocol: raw.Protocol.TCP, bufferSize: LARGEST_PACKET })
  socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, receiveBufferBytes)
  socket.on('message', packet => onPacket(Uint8Array.from(packet)))
  socket.on('error', error => {
    throw error
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
