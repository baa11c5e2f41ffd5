import { once } from 'node:events'
import type { KeptHost } from '../lab/relay.ts'

/** Says how to look at hosts that were kept, and waits for Enter; without a terminal, for a signal. */
export async function untilEnter(hosts: readonly KeptHost[], signal: AbortSignal): Promise<void> {
  process.stderr.write(`The hosts stay until ${whatEndsIt()}. To look at one from outside:\n`)
  for (const { command, name, address } of hosts) process.stderr.write(`  ${command}    # ${name}, ${address}\n`)
  await enterOr(signal)
}

/** What a person can do to end it, in words. */
export function whatEndsIt(): string {
  return process.stdin.isTTY ? 'Enter' : 'this process is told to end'
}

/** Waits for Enter, where there is a terminal, or for the signal. */
export async function enterOr(signal: AbortSignal): Promise<void> {
  const { stdin } = process
  if (signal.aborted) return
  if (stdin.isTTY) {
    // An interruption is told by whoever waits for the runs.
    await once(stdin, 'data', { signal }).catch(() => {})
    stdin.destroy()
  } else await once(signal, 'abort')
}
