import { availableParallelism } from 'node:os'
import { MissingError } from '../errors.ts'
import type { InsideRequest } from '../lab/inside-request.ts'
import { runOnDocker } from '../lab/on-docker.ts'
import { runOnKernel } from '../lab/on-kernel.ts'
import { runOnNetns } from '../lab/on-netns.ts'
import type { LabsRun, OutsideOptions } from '../lab/outside.ts'
import { compileCacheFolder } from '../testbed/kernel/cache.ts'
import { findMissing, HOST_NEEDS, missingError } from '../testbed/needs.ts'
import { ensureAddonShown } from './addon-progress.ts'
import { ensureKernelShown } from './kernel-progress.ts'
import { Turns } from './turns.ts'

type RunOn = (
  request: Omit<InsideRequest, 'docker'>,
  options: Omit<OutsideOptions, 'runner'> & { readonly processor: number },
) => Promise<LabsRun>

interface TestbedChoice {
  readonly time: 'virtual' | 'real'
  /** Makes sure that it can be used. */
  prepare(signal: AbortSignal, options: { readonly trace: boolean }): Promise<RunOn>
}

export const TESTBEDS: Readonly<Record<InsideRequest['kind'], TestbedChoice>> = {
  kernel: {
    time: 'virtual',
    async prepare(signal) {
      await prepareThisMachine(signal)
      const kernel = await ensureKernelShown(signal)
      const compileCache = compileCacheFolder()
      return (request, options) =>
        runOnKernel({ ...options, request: { ...request, docker: null }, kernel: kernel.path, compileCache })
    },
  },
  netns: {
    time: 'real',
    async prepare(signal) {
      if (process.getuid?.() !== 0) {
        throw new MissingError('ROOT', 'Only root may make network namespaces and use the tracer.', {
          hint: 'Run it as root, or with --on kernel, which needs no rights.',
        })
      }
      await prepareThisMachine(signal)
      // Many that start at once keep those waiting that play already, and a kernel's timers do not wait.
      const starts = new Turns(availableParallelism())
      return async (request, options) => {
        using turn = await starts.take()
        options.signal.throwIfAborted()
        return await runOnNetns({ ...options, onOpened: turn.giveBack, request: { ...request, docker: null } })
      }
    },
  },
  docker: {
    time: 'real',
    async prepare(signal, { trace }) {
      const { ensureImageShown } = await import('./image-progress.ts')
      const image = await ensureImageShown(signal)
      return (request, options) => runOnDocker({ ...options, request: { ...request, docker: { image, trace } } })
    },
  },
}

/** Where hosts are made by this machine's own programs. */
export async function prepareThisMachine(signal: AbortSignal, purpose = 'Running labs'): Promise<void> {
  const missing = await findMissing(HOST_NEEDS, process.env)
  if (missing.length > 0) throw missingError(purpose, missing)
  await ensureAddonShown(signal)
}
