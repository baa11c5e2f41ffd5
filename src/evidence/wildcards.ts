import type { Instant, StateChange } from './evidence.ts'

type Change = Instant & Pick<StateChange, 'from' | 'to'>

/**
 * A socket that listens at any address says in the trace neither where it is nor in which namespace. Its host is known as
 * soon as that host's socket table shows it: then it has listened since the latest call that nobody else has answered for.
 */
export class Wildcards {
  readonly #waiting = new Map<string, Change[]>()
  readonly #hosts = new Map<string, string>()

  /** Whose change it is, if that is known; otherwise it waits to be claimed. */
  changed(port: string, change: Change): string | null {
    const host = this.#hosts.get(port) ?? null
    if (change.to !== 'LISTEN') {
      this.#hosts.delete(port)
      return host
    }
    this.#waiting.set(port, [...(this.#waiting.get(port) ?? []), change])
    return null
  }

  /** A host's table shows that it listens at this port of any address. Told once. */
  shown(port: string, host: string): Change | null {
    const waiting = this.#waiting.get(port)
    const change = waiting?.pop() ?? null
    if (change) this.#hosts.set(port, host)
    return change
  }
}
