import type { ConnectionId, Evidence, Instant } from './evidence.ts'

/**
 * How many half-open entries a host had after each change of that, by the kernel's own account of each: a request whose timer
 * was started. The child that a cookie brings about is in SYN_RCVD too, for the moment of its birth, and was never an entry.
 */
export function halfOpenOf({ states }: Evidence, host: string): { readonly at: Instant; readonly count: number }[] {
  const open = new Set<ConnectionId>()
  const own = states.filter(change => change.host === host)
  const changes = own.filter(
    ({ from, to, witness }) => from === 'SYN_RCVD' || (to === 'SYN_RCVD' && witness === 'timer'),
  )
  return changes
    .sort((a, b) => a.n - b.n)
    .map(change => {
      if (change.to === 'SYN_RCVD') open.add(change.connection)
      else open.delete(change.connection)
      return { at: change, count: open.size }
    })
}

export function mostHalfOpen(evidence: Evidence, host: string): number {
  return Math.max(0, ...halfOpenOf(evidence, host).map(({ count }) => count))
}
