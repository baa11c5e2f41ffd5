import { MissingError, UsageError } from '../errors.ts'
import { kernelStatus } from '../testbed/kernel/build.ts'
import { aptCommand, packagesOf } from '../testbed/needs.ts'
import { interruptSignal } from './interrupt.ts'
import { ensureKernelShown } from './kernel-progress.ts'

export const usage = `handwave kernel build    builds the lab kernel, unless this recipe's is there already
handwave kernel status   says whether it is, and where
`

export async function run([what]: readonly string[]): Promise<number> {
  if (what === 'build') {
    const kernel = await ensureKernelShown(interruptSignal())
    process.stdout.write(`The lab kernel is there: Linux ${kernel.version}, ${kernel.path}\n`)
    return 0
  }
  if (what === 'status') return showStatus()
  throw new UsageError('KERNEL_WHAT', 'Build the lab kernel, or tell its status?', { hint: usage.trimEnd() })
}

async function showStatus(): Promise<number> {
  const { built, hash, path, missing, unsupported } = await kernelStatus()
  if (built) {
    const { kernel, seconds } = built.stamp
    process.stdout.write(`Linux ${kernel}, recipe ${hash}, built in ${Math.round(seconds)} s: ${path}\n`)
    return 0
  }
  if (unsupported !== null) throw new MissingError('PLATFORM', unsupported)
  process.stdout.write(`Not built yet. It will be ${path}\n`)
  if (missing.length > 0) process.stdout.write(`To build it: ${aptCommand(packagesOf(missing))}\n`)
  return 3
}
