import { join } from 'node:path'
import type { RunDocument } from '../../../src/report/run-document.ts'
import { runBesideEngine } from '../../testbed/docker/engine-in-kernel.ts'

/** What handwave said of a run between containers, and what the engine said of them meanwhile. */
export interface Watched {
  readonly exitCode: number | undefined
  readonly stderr: string
  readonly document: RunDocument | null
  /** By the container's id. */
  readonly seen: Readonly<
    Record<
      string,
      {
        readonly image: string
        readonly networkNamespace: string
        readonly hasNetem: boolean
        readonly isPrivileged: boolean
        readonly capabilities: readonly string[]
        readonly ports: readonly string[]
        readonly networks: readonly string[]
      }
    >
  >
  /** What the engine had when all was over. */
  readonly left: readonly string[]
}

/** In a lab kernel of its own, in real time, beside Docker's daemon. */
export async function runWatched(
  args: readonly string[],
  { signal, processor }: { readonly signal: AbortSignal; readonly processor: number },
): Promise<Watched> {
  const script = join(import.meta.dirname, 'watched-run.ts')
  const command = [process.execPath, '--conditions=handwave-source', script, ...args]
  const { stdout, stderr } = await runBesideEngine(command, { signal, processor })
  if (stdout === '') throw new Error(`Nothing came out of the lab kernel: ${stderr}`)
  return JSON.parse(stdout) as Watched
}
