import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { LAUNCHER, ROOT } from '../handwave.ts'

/** Whatever of ours the machine shows: lab kernels by their command line, and temporary folders. */
function traces(): string[] {
  const kernels = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => isLabKernel(pid))
  const folders = readdirSync(tmpdir()).filter(name => /^handwave-[A-Za-z0-9]{6}$/.test(name))
  return [...kernels.map(pid => `process ${pid}`), ...folders]
}

function isLabKernel(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('time-travel=inf-cpu')
  } catch {
    return false
  }
}

function start() {
  return execa(process.execPath, [LAUNCHER, 'run'], { cwd: ROOT, reject: false, stdin: 'ignore', buffer: false })
}

async function untilThereIsNoMoreThan(before: readonly string[]): Promise<string[]> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if (traces().every(trace => before.includes(trace))) break
    await sleep(50)
  }
  return traces().filter(trace => !before.includes(trace))
}

describe('however a run ends, nothing is left of it', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s, at several moments', async signal => {
    const before = traces()
    for (const moment of [150, 400, 700, 1000, 1400]) {
      const run = start()
      await sleep(moment)
      run.kill(signal)
      const { exitCode, signal: endedBy } = await run
      // Before it has learnt to listen for signals it dies of them, with nothing done yet.
      expect(endedBy === signal || exitCode === 130).toBe(true)
      expect(await untilThereIsNoMoreThan(before)).toEqual([])
    }
  })

  it('a reader that goes away', async () => {
    const before = traces()
    const run = start()
    run.stdout.once('data', () => run.stdout.destroy())
    const { exitCode } = await run
    expect(exitCode).toBe(130)
    expect(await untilThereIsNoMoreThan(before)).toEqual([])
  })

  it('SIGKILL: the kernel goes with its parent', async () => {
    const before = traces()
    const run = start()
    await sleep(900)
    run.kill('SIGKILL')
    await run
    const left = await untilThereIsNoMoreThan(before)
    expect(left.filter(trace => trace.startsWith('process'))).toEqual([])
  })

  it('a run that goes well', async () => {
    const before = traces()
    const { exitCode } = await start()
    expect(exitCode).toBe(0)
    expect(await untilThereIsNoMoreThan(before)).toEqual([])
  })
})
