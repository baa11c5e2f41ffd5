import { HandwaveError, MissingError, UsageError } from '../errors.ts'
import { ADDON_NEEDS, isAddonBuilt } from '../testbed/addon.ts'
import { kernelStatus } from '../testbed/kernel/build.ts'
import { ENGINE_NEEDS, findMissing, HOST_IMAGE_NEEDS, HOST_NEEDS, type Need } from '../testbed/needs.ts'
import { ensureAddonShown } from './addon-progress.ts'
import { interruptSignal } from './interrupt.ts'

/** Our files are read by tshark and by tcpdump as well, and our floods held against hping3's. */
const TEST_NEEDS: readonly Need[] = [
  { tool: 'tshark', package: 'tshark' },
  { tool: 'tcpdump', package: 'tcpdump' },
  { tool: 'hping3', package: 'hping3' },
]
/** Without them no containers are tested where no engine answers, and the tests say so. */
const TEST_WISHES: readonly Need[] = [...ENGINE_NEEDS, ...HOST_IMAGE_NEEDS]

export interface PrepareOptions {
  readonly forTests: boolean
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

async function prepareAll({ forTests }: PrepareOptions, signal: AbortSignal): Promise<number> {
  const kernel = await kernelStatus()
  if (kernel.unsupported !== null) {
    say(kernel.unsupported)
    // The tests that need no lab kernel run anywhere.
    return forTests ? 0 : 3
  }
  const needs = [
    ...HOST_NEEDS,
    ...(forTests ? TEST_NEEDS : []),
    ...(isAddonBuilt() ? [] : ADDON_NEEDS),
    ...kernel.missing,
  ]
  const missing = await findMissing(needs, process.env)
  // What does the work is loaded only where there is some: this runs before every start.
  if (missing.length > 0) await (await import('./debian-packages.ts')).provide(missing, signal)
  if (forTests) await fulfil(TEST_WISHES, signal)
  await ensureAddonShown(signal)
  if (kernel.built === null) await (await import('./kernel-progress.ts')).ensureKernelShown(signal)
  return 0
}

async function fulfil(wishes: readonly Need[], signal: AbortSignal): Promise<void> {
  const wished = await findMissing(wishes, process.env)
  if (wished.length === 0) return
  try {
    await (await import('./debian-packages.ts')).provideWished(wished, signal)
  } catch (error) {
    if (!(error instanceof MissingError)) throw error
    say(error.message, error.hint)
  }
}

function statusOf(error: HandwaveError): number {
  if (error instanceof UsageError) return 2
  return error instanceof MissingError ? 3 : 4
}

function say(message: string, hint?: string): void {
  process.stderr.write(`handwave: ${message}\n`)
  if (hint !== undefined) process.stderr.write(`${hint.replaceAll(/^/gm, '  ')}\n`)
}
