import type { AgentEvent } from '../host/agent-events.ts'
import type { SocketEvent } from '../host/sockets.ts'

/** What one host's agent has told of its sockets, for whoever waits for it. */
export class SocketNews {
  readonly #past: SocketEvent[] = []
  readonly #waiting = new Set<() => void>()
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  take(event: AgentEvent): void {
    if (event.kind === 'packet' || event.kind === 'table' || event.kind === 'call') return
    this.#past.push(event)
    for (const look of [...this.#waiting]) look()
  }

  /** The first answer that `find` gives, now or after any later event. */
  until<T>(find: (past: readonly SocketEvent[]) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(look)
        this.#signal.removeEventListener('abort', give)
      }
      const give = () => {
        stop()
        reject(this.#signal.reason)
      }
      const look = () => {
        try {
          const found = find(this.#past)
          if (found === undefined) return
          stop()
          resolve(found)
        } catch (error) {
          stop()
          reject(error)
        }
      }
      if (this.#signal.aborted) return reject(this.#signal.reason)
      this.#signal.addEventListener('abort', give)
      this.#waiting.add(look)
      look()
    })
  }
}
