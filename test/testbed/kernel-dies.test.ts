import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ensureKernel } from '../../src/testbed/kernel/build.ts'

const KERNELS = 100
/** It tries out ptrace on a child of its own, which stops itself. */
const FIRST_MS = 5

it('a kernel that is killed as soon as it starts leaves no process', async () => {
  const { path } = await ensureKernel({ signal: new AbortController().signal })
  const mark = `handwave-test-${process.pid}`
  for (let n = 0; n < KERNELS; n++) {
    const kernel = spawn(path, ['mem=64M', 'init=/bin/false', mark], { stdio: 'ignore', detached: true })
    const ended = new Promise(resolve => kernel.once('exit', resolve))
    await new Promise(resolve => kernel.once('spawn', resolve))
    const at = performance.now() + (FIRST_MS * n) / KERNELS
    while (performance.now() < at);
    kernel.kill('SIGKILL')
    await ended
  }
  await sleep(200)
  const left = readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && commandLine(pid).includes(mark))
  for (const pid of left) process.kill(Number(pid), 'SIGKILL')
  expect(left).toEqual([])
})

/** Of one that is no more there is none. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}
