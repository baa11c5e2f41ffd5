import { readlinkSync } from 'node:fs'

/** The network namespace of a host, wherever the agent's own process is. */
export interface HostNamespace extends Disposable {
  /** As the kernel names it: `net:[4026531840]`. */
  readonly id: string
  /** Does something in there, at once. */
  run<T>(work: () => T): T
  /** Stays in there until the work is done. One at a time. */
  hold<T>(work: () => Promise<T>): Promise<T>
}

/** Of an agent that lives in its host: there is nowhere to go. */
export const OWN_NAMESPACE: HostNamespace = {
  get id() {
    return readlinkSync('/proc/self/ns/net')
  },
  run: work => work(),
  hold: work => work(),
  [Symbol.dispose]: () => {},
}
