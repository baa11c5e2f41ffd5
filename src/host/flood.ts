import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { BATCH, BatchSender } from './batch-sender.ts'
import type { Enclosure } from './enclosure.ts'
import { type Budget, requireWithin } from './flood-limits.ts'
import type { HostNamespace } from './host-namespace.ts'
import type { Target } from './invented-syns.ts'

export interface FloodOptions {
  readonly to: Target
  readonly segments: number
  /** On average, from the first one on. */
  readonly perSecond: number
}

export interface FloodReport {
  readonly segments: number
  readonly tookMs: number
}

/** What a flood is sent with, and when it has to stop before its end. */
export interface FloodMeans {
  readonly namespace: HostNamespace
  readonly enclosure: Enclosure
  readonly budget: Budget
  readonly signal: AbortSignal
  /** Told of each SYN, where nothing else tells whose it is. */
  readonly told: ((packet: Uint8Array) => void) | null
}

/**
 * Sends SYNs from invented addresses, as many and as fast as it is told, and no more and no faster. It stops by itself; before each
 * batch it looks whether it still may send.
 */
export async function flood({ to, segments, perSecond }: FloodOptions, means: FloodMeans): Promise<FloodReport> {
  const { namespace, enclosure, budget, signal, told } = means
  requireWithin(budget.limits, { segments, perSecond })
  enclosure.requireEnds({ source: FIRST_SOURCE, destination: to.address })
  budget.take(segments)
  enclosure.requireClosed()
  using sender = new BatchSender(namespace, to)
  const beganMs = performance.now()
  const tookMs = () => performance.now() - beganMs
  let sent = 0
  // Where a kernel does not keep up it ends with fewer than it was to send.
  while (sent < segments && tookMs() < budget.limits.ms && !signal.aborted) {
    const due = Math.min(segments, Math.floor((tookMs() / 1000) * perSecond) + 1) - sent
    if (due > 0) {
      enclosure.requireClosed()
      const taken = sender.send(sent, Math.min(due, BATCH))
      sent += taken
      if (told) for (let index = 0; index < taken; index++) told(sender.packet(index))
      // Others have their turn: the sniffers of what is sent, who may live in the same process.
      await nextTurn()
    } else await sleep(1)
  }
  return { segments: sent, tookMs: tookMs() }
}

const FIRST_SOURCE = '198.19.0.0'
