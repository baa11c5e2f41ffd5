import type { PlainError } from '../errors.ts'

/** How the honest client fares. */
export interface ClientFate {
  /** How often it got a connection. */
  readonly letIn: number
  /** How long the last of them took. */
  readonly lastMs: number | null
  /** How long it has been calling in vain. */
  readonly waitsMs: number | null
}

/** What there is to be seen of a flood at one moment. */
export interface FloodSample {
  readonly tMs: number
  readonly sent: number
  /** By the server's socket table. */
  readonly halfOpen: number
  /** Those of the server's TcpExt that have moved. */
  readonly counters: Readonly<Record<string, number>>
  readonly client: ClientFate
}

/** What the process with the hosts of `handwave flood` tells the one outside, a JSON document a line. */
export type FloodLine =
  | { flood: 'plan'; lines: readonly string[] }
  | ({ flood: 'sample' } & FloodSample)
  | ({ flood: 'error' } & PlainError)
  | { flood: 'done' }
