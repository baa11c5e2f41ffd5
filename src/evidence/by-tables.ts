import { inCausalOrder } from './causal-order.ts'
import { happeningsOf } from './happenings.ts'
import { matchPackets } from './heard-packets.ts'
import type { UntracedObservations } from './observations.ts'
import { type Merged, Timeline } from './timeline.ts'
import { Account } from './untraced-account.ts'

/**
 * The timeline from sniffers and socket tables, where the kernel's trace is not there. Every stamp is a program's: order
 * comes from what must have come of what, and states from what was read, with whatever lies in between left open.
 */
export function mergeUntraced(observations: UntracedObservations): Merged {
  const heard = matchPackets(observations)
  const timeline = new Timeline(observations, heard.packets)
  const order = inCausalOrder(happeningsOf(observations, heard, timeline))
  const first = order.happenings.find(({ kind }) => kind === 'departure')
  if (first) timeline.beginAt((first.earliestNs + first.latestNs) / 2)
  const evidence = new Account(order, heard.packets, timeline).tell()
  return { evidence, packets: heard.packets, originNs: timeline.originNs }
}
