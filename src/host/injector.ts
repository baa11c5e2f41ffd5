import { HandwaveError } from '../errors.ts'
import { parseSegment } from '../tcp/segment.ts'
import { type Enclosure, InjectionRefused } from './enclosure.ts'
import type { Budget } from './flood-limits.ts'
import type { HostNamespace } from './host-namespace.ts'
import { openRaw, type RawSocket } from './raw.ts'

/**
 * Sends packets as they are, whoever they say that they are from (raw(7)). The kernel fills in IP's checksum, and an id
 * where it is 0. What a host's own kernel thinks of the answers is its own affair: it resets what it does not know.
 */
export class Injector implements Disposable {
  readonly #enclosure: Enclosure
  readonly #budget: Budget
  readonly #socket: RawSocket

  constructor(namespace: HostNamespace, enclosure: Enclosure, budget: Budget) {
    this.#enclosure = enclosure
    this.#budget = budget
    this.#socket = namespace.run(() => openRaw({ protocol: IPPROTO_RAW }))
  }

  async inject(packet: Uint8Array): Promise<void> {
    const { ip } = parseSegment(packet).segment
    this.#enclosure.requireEnds(ip)
    requireWhole(packet)
    this.#budget.take(1)
    this.#enclosure.requireClosed()
    const { destination } = ip
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(Buffer.from(packet), 0, packet.length, destination, error => {
        // raw-socket's callback runs no promise continuations: the next turn of the loop does.
        setImmediate(() => (error === null ? resolve() : reject(unsent(destination, error.message))))
      })
    })
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

/** The protocol that has IP_HDRINCL by itself, and hears nothing: a socket for TCP would be given all that comes in. */
export const IPPROTO_RAW = 255

function requireWhole(packet: Uint8Array): void {
  const length = new DataView(packet.buffer, packet.byteOffset).getUint16(2)
  if (length === packet.length) return
  throw new InjectionRefused('INJECT_LENGTH', `The packet says that it has ${length} bytes, and has ${packet.length}.`)
}

export function unsent(destination: string, why: string): HandwaveError {
  return new HandwaveError('INJECT', `A packet to ${destination} could not be sent: ${why}.`)
}
