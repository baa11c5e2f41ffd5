import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { HandwaveError } from '../errors.ts'

/**
 * Until an answer comes from a host: then the way there and back is open, and the bridge on it has learned where both are. One
 * that has yet to learn floods, and a flooded copy cannot be told from the packet itself. Nobody listens at the port that is
 * called, and the host's kernel says so (ICMP).
 */
export async function greet(address: string): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(DISCARD, address, resolve)
    })
    const answered = new Promise<true>(resolve => {
      socket.once('error', () => resolve(true))
    })
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      socket.send('')
      if (await Promise.race([answered, sleep(PAUSE_MS, false)])) return
    }
  } finally {
    socket.close()
  }
  throw new HandwaveError('NO_WAY', `${address} does not answer.`, {
    hint: 'Something drops packets on the bridge between containers: look at the firewall where the engine runs.',
  })
}

/** discard(9), where there is none. */
const DISCARD = 9
const PAUSE_MS = 50
const ATTEMPTS = 100
