import { ensureKernel, type KernelChoice } from '../../src/testbed/kernel/build.ts'

/** A builder in a process of its own, so that it can be killed. */
const choice: KernelChoice = JSON.parse(process.argv[2] ?? '{}')
await ensureKernel({ ...choice, signal: new AbortController().signal })
