import { nft } from './nft.ts'
import type { Command } from './shell.ts'

/**
 * Nothing reaches the host from here on, and nothing leaves it. Its device counts nothing as sent. What its TCP sends is
 * led to the loopback, where it is nobody's: a drop would be told to TCP, which then behaves as if it had not sent at all
 * (tcp_write_xmit, net/ipv4/tcp_output.c).
 */
export function silenceCommands(device: string): Command[] {
  return [
    nft([
      ...SPEAK,
      'table netdev handwave {',
      '  chain in {',
      `    type filter hook ingress device "${device}" priority 0;`,
      '    counter drop',
      '  }',
      '  chain out {',
      `    type filter hook egress device "${device}" priority 0;`,
      '    counter fwd to "lo"',
      '  }',
      '}',
    ]),
  ]
}

/** Also where it was not silent. */
export function speakCommands(): Command[] {
  return [nft(SPEAK)]
}

/** To delete what is not there would be a mistake. */
const SPEAK = ['add table netdev handwave', 'delete table netdev handwave']
