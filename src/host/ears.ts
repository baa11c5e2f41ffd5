import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AgentEvent, nowNs } from './agent-events.ts'
import { type Sniffer, type SniffOptions, sniff } from './sniffer.ts'

/**
 * A host's sniffer. At an endpoint each burst of packets is followed by a look at the socket table: that is when it changes. A
 * burst lasts until nothing more has come: a look may take as long as a hundred packets, and of a flood they would be lost.
 */
export class Ears {
  heard = 0
  readonly #sniffer: Sniffer
  readonly #emit: (event: AgentEvent) => void
  readonly #afterBurst: () => void
  #listening: NodeJS.Timeout | undefined
  #burst: AgentEvent[] = []
  #isClosed = false

  constructor(emit: (event: AgentEvent) => void, afterBurst: () => void, options: SniffOptions) {
    this.#afterBurst = afterBurst
    this.#emit = emit
    this.#sniffer = sniff((packet, when) => this.#hear(packet, when), options)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#listening)
    this.#sniffer.close()
  }

  drops(): number {
    return this.#sniffer.drops()
  }

  /** Until nothing that has come in is left untold: packets are read one a turn of the loop. */
  async listenOut(): Promise<void> {
    for (let before = -1; before !== this.heard; ) {
      before = this.heard
      await nextTurn()
      await nextTurn()
    }
  }

  /** Says from time to time up to when all that came has been told: who hears nothing else knows by this that nothing came. */
  async sayThatListening(): Promise<void> {
    const tNs = nowNs()
    await this.listenOut()
    this.#emit({ kind: 'listened', tNs })
    this.#listening = setTimeout(() => void this.sayThatListening(), LISTENING_MS)
  }

  #hear(packet: Uint8Array, when: { readonly tNs: number; readonly awayNs?: number }): void {
    this.heard++
    // raw-socket's callback runs no promise continuations: everything else waits for the next turn of the loop.
    if (this.#burst.length === 0) setImmediate(() => this.#tell())
    this.#burst.push({ kind: 'packet', ...when, base64: Buffer.from(packet).toString('base64') })
  }

  #tell(): void {
    const burst = this.#burst
    this.#burst = []
    for (const event of burst) this.#emit(event)
    const { heard } = this
    setImmediate(() => {
      if (heard === this.heard && !this.#isClosed) this.#afterBurst()
    })
  }
}

const LISTENING_MS = 50
