import { nft } from './nft.ts'
import type { Command } from './shell.ts'

/**
 * No RST leaves the host: its kernel knows nothing of a connection that a program has on raw sockets, and would end it.
 * Twice is once: rules that drop the same are as good as one.
 */
export function withholdResetsCommands(): Command[] {
  return [
    nft([
      'table ip handwave {',
      '  chain resets {',
      '    type filter hook output priority 0;',
      '    tcp flags & rst == rst counter drop',
      '  }',
      '}',
    ]),
  ]
}
