import type { AgentEvent } from '../host/agent-events.ts'
import { never } from '../host/until-over.ts'
import type { ProgramEvent } from '../host/program.ts'
import type { SocketEvent } from '../host/sockets.ts'

type HostEvent = SocketEvent | ProgramEvent | Extract<AgentEvent, { kind: 'packet' }>

/** What one host's agent has told of its sockets, its programs and what arrived, for whoever waits for it. */
export class HostNews {
  readonly #past: HostEvent[] = []
  /** Who looks again at every event, and what they wait for. */
  readonly #waiting = new Map<() => void, string>()
  readonly #signal: AbortSignal
  #programs = 0

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  take(event: AgentEvent): void {
    if (!isNews(event)) return
    this.#past.push(event)
    for (const look of [...this.#waiting.keys()]) look()
  }

  programStarts(): void {
    this.#programs++
  }

  /** One of its programs is at work, and may do whatever it likes whenever it likes. */
  get hasProgram(): boolean {
    return this.#past.filter(({ kind }) => kind === 'program-ended').length < this.#programs
  }

  get past(): readonly HostEvent[] {
    return this.#past
  }

  /** What is waited for, in words. */
  get awaited(): string[] {
    return [...this.#waiting.values()]
  }

  /** The first answer that `find` gives, now or after any later event. */
  until<T>(find: (past: readonly HostEvent[]) => T | undefined, awaited = 'something'): Promise<T> {
    if (this.#signal.aborted) return never()
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
      this.#signal.addEventListener('abort', give)
      this.#waiting.set(look, awaited)
      look()
    })
  }
}

/** What only the evidence is made of is no news to a play. */
function isNews(event: AgentEvent): event is HostEvent {
  return !['table', 'call', 'injected', 'listened'].includes(event.kind)
}
