import { HandwaveError, MissingError, UsageError } from '../errors.ts'
import { kernelStatus } from '../testbed/kernel/build.ts'
import { findMissing, HOST_NEEDS, type Need } from '../testbed/needs.ts'
import { interruptSignal } from './interrupt.ts'

/** What node-gyp builds an addon with. */
const ADDON_NEEDS: readonly Need[] = [
  { tool: 'python3', package: 'python3' },
  { tool: 'make', package: 'make' },
  { tool: 'g++', package: 'g++' },
]
/** Our parser is held against tshark's. */
const TEST_NEEDS: readonly Need[] = [{ tool: 'tshark', package: 'tshark' }]

export interface PrepareOptions {
  readonly forTests: boolean
  /** Builds raw-socket, or null where it is built. */
  readonly buildAddon: (() => Promise<void>) | null
}

/**
 * The second half of the set-up, once the npm packages are there: Debian packages, raw-socket, and the lab kernel.
 * Gives the exit status.
 */
export async function prepare(options: PrepareOptions): Promise<number> {
  const signal = interruptSignal()
  try {
    return await prepareAll(options, signal)
  } catch (error) {
    // Whatever else failed then, failed because it was interrupted.
    if (signal.aborted) return 130
    if (!(error instanceof HandwaveError)) throw error
    say(error.message, error.hint)
    return statusOf(error)
  }
}

async function prepareAll({ forTests, buildAddon }: PrepareOptions, signal: AbortSignal): Promise<number> {
  const kernel = await kernelStatus()
  if (kernel.unsupported !== null) {
    say(kernel.unsupported)
    // The tests that need no lab kernel run anywhere.
    return forTests ? 0 : 3
  }
  const needs = [...HOST_NEEDS, ...(forTests ? TEST_NEEDS : []), ...(buildAddon ? ADDON_NEEDS : []), ...kernel.missing]
  const missing = await findMissing(needs, process.env)
  // What does the work is loaded only where there is some: this runs before every start.
  if (missing.length > 0) await (await import('./debian-packages.ts')).provide(missing, signal)
  await buildAddon?.()
  signal.throwIfAborted()
  if (kernel.built === null) await (await import('./kernel-progress.ts')).ensureKernelShown(signal)
  return 0
}

function statusOf(error: HandwaveError): number {
  if (error instanceof UsageError) return 2
  return error instanceof MissingError ? 3 : 4
}

function say(message: string, hint?: string): void {
  process.stderr.write(`handwave: ${message}\n`)
  if (hint !== undefined) process.stderr.write(`${hint.replaceAll(/^/gm, '  ')}\n`)
}
