import { closeSync, openSync, writeSync } from 'node:fs'
import type { SocketCall } from '../evidence/evidence.ts'
import { type AgentEvent, nowNs } from './agent-events.ts'

/** Says each socket call twice: to the harness, and into the kernel's trace, where it gets its place among the states. */
export class CallMarks implements Disposable {
  readonly #host: string
  readonly #emit: (event: AgentEvent) => void
  readonly #marker: number | null
  #ordinal = 0

  constructor(host: string, traceMarker: string | null, emit: (event: AgentEvent) => void) {
    this.#host = host
    this.#emit = emit
    this.#marker = traceMarker === null ? null : openSync(traceMarker, 'w')
  }

  mark(call: SocketCall['call'], connection: string | null): void {
    this.#ordinal++
    if (this.#marker !== null) writeSync(this.#marker, `handwave ${this.#host} ${this.#ordinal}`)
    this.#emit({ kind: 'call', tNs: nowNs(), ordinal: this.#ordinal, call, connection })
  }

  [Symbol.dispose](): void {
    if (this.#marker !== null) closeSync(this.#marker)
  }
}
