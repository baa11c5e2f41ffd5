import { existsSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { HandwaveError } from '../errors.ts'
import type { HostNamespace } from './host-namespace.ts'
import { runCommands } from './shell.ts'

/**
 * Waits until the kernel has no TCP socket in this namespace any more, and sees to it. Programs have closed what they
 * held; what no program holds (TIME_WAIT, connections that are still closing) goes by SOCK_DESTROY (ss(8), -K).
 */
export async function forgetConnections(namespace: HostNamespace): Promise<void> {
  const areGone = () => namespace.run(() => TABLES.every(isEmpty))
  for (let turn = 0; turn < TURNS; turn++) {
    // Node closes its sockets at the end of the loop's turn.
    await nextTurn()
    if (areGone()) return
  }
  await namespace.run(() => runCommands([{ program: 'ss', args: ['--kill', '--tcp', '--all', '--numeric'] }]))
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (areGone()) return
    await sleep(1)
  }
  throw new HandwaveError('CRASH', 'The host was to forget all its connections, and its kernel still has some.', {
    hint: 'It takes a kernel with CONFIG_INET_DIAG_DESTROY.',
  })
}

const TABLES = ['/proc/thread-self/net/tcp', '/proc/thread-self/net/tcp6']
const TURNS = 5
const ATTEMPTS = 500

/** Only the heading. */
function isEmpty(table: string): boolean {
  return !existsSync(table) || readFileSync(table, 'latin1').trimEnd().split('\n').length === 1
}
