import { type BuildPhase, ensureKernel, type LabKernel } from '../testbed/kernel/build.ts'
import { ProgressBar } from './progress-bar.ts'

const LABELS: Readonly<Record<BuildPhase, string>> = {
  wait: 'waiting for another build of it to end',
  unpack: 'unpacking',
  configure: 'configuring',
  compile: 'compiling',
  link: 'linking',
}

/** The lab kernel; built first where it is not there, with a bar on standard error. */
export async function ensureKernelShown(signal: AbortSignal): Promise<LabKernel> {
  using bar = new ProgressBar('Building the lab kernel, once')
  return await ensureKernel({ signal, onProgress: ({ phase, done }) => bar.update(LABELS[phase], done) })
}
