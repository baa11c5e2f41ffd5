import { HandwaveError } from '../errors.ts'
import type { InsideRequest } from '../lab/inside-request.ts'
import { kernelStatus } from '../testbed/kernel/build.ts'
import { hasNetem } from '../testbed/netns/abilities.ts'

/**
 * Where labs run if nobody says it: between containers where an engine answers and its kernel delays and loses; else on the
 * lab kernel where it is built; else in namespaces, where that may be and can be; else the lab kernel is built.
 */
export async function chooseTestbed(signal: AbortSignal): Promise<InsideRequest['kind']> {
  if (await hasEngine(signal)) return 'docker'
  const { built } = await kernelStatus()
  if (built !== null) return 'kernel'
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0
  return isRoot && (await hasNetem()) ? 'netns' : 'kernel'
}

/** An engine that cannot be used is no engine: whoever names it is told why. */
async function hasEngine(signal: AbortSignal): Promise<boolean> {
  try {
    const { findEngine } = await import('../testbed/docker/engine.ts')
    const engine = await findEngine(signal)
    const { ensureImageShown } = await import('./image-progress.ts')
    const { engineHasNetem } = await import('../testbed/docker/netem.ts')
    return await engineHasNetem(engine, await ensureImageShown(signal))
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof HandwaveError)) throw error
    return false
  }
}
