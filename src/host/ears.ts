import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AgentEvent, nowNs } from './agent-events.ts'
import { type Sniffer, sniff } from './sniffer.ts'
import type { SocketTableLine } from './socket-table.ts'

export interface SniffOptions {
  readonly receiveBufferBytes?: number
}

/**
 * A host's sniffer. At an endpoint each burst of packets is followed by a look at the socket table: that is when its
 * lines change, and no clock needs to be asked.
 */
export class Ears {
  heard = 0
  readonly #sniffer: Sniffer
  readonly #emit: (event: AgentEvent) => void
  readonly #readTable: (() => SocketTableLine[]) | null
  #burst: AgentEvent[] = []

  constructor(
    readTable: (() => SocketTableLine[]) | null,
    emit: (event: AgentEvent) => void,
    { receiveBufferBytes }: SniffOptions,
  ) {
    this.#readTable = readTable
    this.#emit = emit
    this.#sniffer = sniff(packet => this.#hear(packet), receiveBufferBytes)
  }

  close(): void {
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

  #hear(packet: Uint8Array): void {
    this.heard++
    // raw-socket's callback runs no promise continuations: everything else waits for the next turn of the loop.
    if (this.#burst.length === 0) setImmediate(() => this.#tell())
    this.#burst.push({ kind: 'packet', tNs: nowNs(), base64: Buffer.from(packet).toString('base64') })
  }

  #tell(): void {
    const burst = this.#burst
    this.#burst = []
    const lines = this.#readTable?.()
    if (lines) burst.push({ kind: 'table', tNs: nowNs(), lines })
    for (const event of burst) this.#emit(event)
  }
}
