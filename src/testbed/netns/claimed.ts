import type { OnAgentEvent, Testbed, TestbedRequest } from '../testbed.ts'
import { claimSegment } from './claims.ts'
import { openNetns } from './netns.ts'

/** Hosts on this machine's own kernel, under names and addresses that nobody else uses meanwhile. */
export async function openClaimed(request: TestbedRequest, onEvent: OnAgentEvent): Promise<Testbed> {
  await using undo = new AsyncDisposableStack()
  const { tag, number } = undo.use(await claimSegment())
  const testbed = undo.use(await openNetns(request, { kind: 'netns', tag, number, onEvent }))
  const remains = undo.move()
  return { ...testbed, [Symbol.asyncDispose]: () => remains.disposeAsync() }
}
