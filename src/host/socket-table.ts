import { existsSync, readFileSync } from 'node:fs'

/** One line of /proc/net/tcp, its numbers still in the kernel's own terms. */
export interface SocketTableLine {
  readonly local: string
  readonly remote: string
  /** The state's code, two hexadecimal digits (include/net/tcp_states.h). */
  readonly state: string
  /** 0 none, 1 retransmit, 2 keepalive, 3 TIME_WAIT, 4 zero-window probe (net/ipv4/tcp_ipv4.c, get_tcp4_sock). */
  readonly timer: number
  readonly remainingMs: number
}

/** The file counts time in USER_HZ, a hundred to the second on every architecture that handwave runs on. */
const MS_PER_TICK = 10

export function readSocketTable(): SocketTableLine[] {
  return FILES.flatMap(readTable)
}

/** A thread may live in another namespace than its process: the thread's own. Sockets of IPv6 may speak IPv4. */
const FILES = ['/proc/thread-self/net/tcp', '/proc/thread-self/net/tcp6']

function readTable(file: string): SocketTableLine[] {
  if (!existsSync(file)) return []
  const [, ...lines] = readFileSync(file, 'latin1').split('\n')
  return lines.filter(line => line.trim() !== '').map(parseSocketTableLine)
}

function parseSocketTableLine(line: string): SocketTableLine {
  const [, local = '', remote = '', state = '', , timer = ''] = line.trim().split(/\s+/)
  const [kind = '0', when = '0'] = timer.split(':')
  return {
    local: endpoint(local),
    remote: endpoint(remote),
    state,
    timer: Number.parseInt(kind, 16),
    remainingMs: Number.parseInt(when, 16) * MS_PER_TICK,
  }
}

/** `0200A8C0:1388`, the address's four bytes in the machine's order, becomes `192.168.0.2:5000`; of IPv6 the last four. */
function endpoint(text: string): string {
  const [address = '', port = ''] = text.split(':')
  const bytes = (address.slice(-8).match(/../g) ?? []).map(byte => Number.parseInt(byte, 16)).reverse()
  return `${bytes.join('.')}:${Number.parseInt(port, 16)}`
}
