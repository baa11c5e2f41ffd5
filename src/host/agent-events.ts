import type { SocketCall } from '../evidence/evidence.ts'
import type { SocketTableLine } from './socket-table.ts'
import type { SocketEvent } from './sockets.ts'

/** What an agent tells without being asked. Times are this kernel's CLOCK_MONOTONIC, in nanoseconds. */
export type AgentEvent =
  | { kind: 'packet'; tNs: number; base64: string }
  | { kind: 'table'; tNs: number; lines: SocketTableLine[] }
  | { kind: 'call'; tNs: number; ordinal: number; call: SocketCall['call']; connection: string | null }
  | SocketEvent

/** This kernel's CLOCK_MONOTONIC, which its trace is stamped by, too. */
export function nowNs(): number {
  return Number(process.hrtime.bigint())
}
