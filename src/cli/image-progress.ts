import { findEngine } from '../testbed/docker/engine.ts'
import type { HostPurpose } from '../testbed/docker/host-recipe.ts'
import { ensureHostImage } from '../testbed/docker/image.ts'

/** The image that hosts are made of; made first where the engine does not have it. */
export async function ensureImageShown(signal: AbortSignal, purpose: HostPurpose = 'labs'): Promise<string> {
  const engine = (await findEngine(signal)).container.dockerode
  const onProgress = (sentence: string) => void process.stderr.write(`${sentence}\n`)
  return await ensureHostImage({ engine, purpose, signal, onProgress })
}
