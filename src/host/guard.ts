import type { HostPlace } from './network.ts'
import { nft } from './nft.ts'
import type { Command } from './shell.ts'

/**
 * What a SYN proxy says of itself in its host's name. It answers before that host has been asked: what the host would say it has
 * to be told beforehand.
 */
export interface Guard {
  readonly port?: number
  readonly mss: number
  /** Absent: no window is scaled. */
  readonly windowScale?: number
  /** Without them a cookie has no room for window scaling and selective acknowledgements. */
  readonly timestamps?: boolean
  readonly selectiveAcks?: boolean
}

/**
 * The wire answers SYNs in the host's name, with cookies, and opens to it only once one has come back. A SYN is kept from
 * connection tracking; the third segment is then of no connection that it knows.
 */
export function guardCommands(host: HostPlace, guard: Guard): Command[] {
  const server = `ip daddr ${host.address} tcp dport ${guard.port ?? PORT}`
  return [
    nft([
      'table ip guard {',
      '  chain untracked {',
      '    type filter hook prerouting priority raw;',
      `    ${server} tcp flags & (fin|syn|rst|ack) == syn notrack`,
      '  }',
      '  chain proxied {',
      '    type filter hook forward priority 20;',
      `    ${server} ct state invalid,untracked synproxy ${words(guard)}`,
      '    ct state invalid drop',
      '  }',
      '}',
    ]),
  ]
}

/** A third segment of no connection must not make one (nf_conntrack_proto_tcp.c, tcp_new). */
export const GUARD_SYSCTLS = { 'net.netfilter.nf_conntrack_tcp_loose': '0' }

function words({ mss, windowScale, timestamps, selectiveAcks }: Guard): string {
  return [
    `mss ${mss}`,
    ...(windowScale === undefined ? [] : [`wscale ${windowScale}`]),
    ...(timestamps ? ['timestamp'] : []),
    ...(selectiveAcks ? ['sack-perm'] : []),
  ].join(' ')
}

const PORT = 5000
