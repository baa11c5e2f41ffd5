import type { PlainError } from '../errors.ts'
import type { TcpState } from '../tcp/states.ts'
import type { LabResult } from './result.ts'

/** A host that stays to be looked at. */
export interface KeptHost {
  readonly name: string
  readonly address: string
  /** What a person types to see its sockets from outside. */
  readonly command: string
  /** As its kernel's table has them. */
  readonly sockets: readonly { readonly local: string; readonly remote: string; readonly state: TcpState }[]
}

/** What the runner inside the lab kernel says to the process outside: one JSON document a line. */
export type RelayLine =
  | { relay: 'booted'; kernel: string; boot: string }
  | { relay: 'started'; id: string; case: string | null; title: string }
  /** Its hosts are there. */
  | { relay: 'opened' }
  /** For a terminal only: how far a lab has come, and what was seen last. */
  | { relay: 'progress'; done: number; rows: number; last: string }
  /** Nothing happens, and what it waits for all the same. */
  | { relay: 'waits'; sentence: string }
  /** In real time a lab may wait for long: it is still there. */
  | { relay: 'alive' }
  /** What a flood will send, before it does. */
  | { relay: 'plan'; lines: readonly string[] }
  | { relay: 'result'; result: LabResult }
  /** The last lab's hosts stay until the runner is asked to end; told anew when a socket of theirs changes. */
  | { relay: 'kept'; hosts: readonly KeptHost[] }
  | ({ relay: 'error' } & PlainError)
  /** All that was asked for has been told. */
  | { relay: 'done' }
  /** The runner has ended. */
  | { relay: 'end'; status: number }
