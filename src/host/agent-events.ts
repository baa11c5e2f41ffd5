import type { SocketCall } from '../evidence/evidence.ts'
import type { ProgramEvent } from './program.ts'
import type { SocketTableLine } from './socket-table.ts'
import type { SocketEvent } from './sockets.ts'

/** What an agent tells without being asked. Times are this kernel's CLOCK_MONOTONIC, in nanoseconds. */
export type AgentEvent =
  | { kind: 'packet'; tNs: number; awayNs?: number; base64: string }
  | { kind: 'table'; tNs: number; tookNs: number; lines: SocketTableLine[] }
  /** What its agent has sent by hand. */
  | { kind: 'injected'; tNs: number; base64: string }
  /** Up to then all that this host's sniffer heard has been told. */
  | { kind: 'listened'; tNs: number }
  | { kind: 'call'; tNs: number; ordinal: number; call: SocketCall['call']; connection: string | null }
  | SocketEvent
  | ProgramEvent

/** This kernel's CLOCK_MONOTONIC, which its trace is stamped by, too. */
export function nowNs(): number {
  return Number(process.hrtime.bigint())
}
