import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { LAUNCHER, ROOT } from '../handwave.ts'

/** A folder for temporary files of this test's own: by it its kernels are known from those of others. */
const own = mkdtempSync(join(tmpdir(), 'handwave-test-'))
afterAll(() => rmSync(own, { recursive: true, force: true }))

/** Whatever of ours the machine shows: lab kernels by their command line, and temporary folders. */
function traces(): string[] {
  const kernels = readdirSync('/proc').filter(name => /^\d+$/.test(name) && commandLine(name).includes(own))
  return [...kernels.map(pid => `process ${pid}`), ...readdirSync(own)]
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

function start() {
  const env = { TMPDIR: own }
  return execa(process.execPath, [LAUNCHER, 'run'], { cwd: ROOT, env, reject: false, stdin: 'ignore', buffer: false })
}

async function whatIsLeft(before: readonly string[]): Promise<string[]> {
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
      expect(await whatIsLeft(before)).toEqual([])
    }
  })

  it('a reader that goes away', async () => {
    const before = traces()
    const run = start()
    run.stdout.once('data', () => run.stdout.destroy())
    const { exitCode } = await run
    expect(exitCode).toBe(130)
    expect(await whatIsLeft(before)).toEqual([])
  })

  it('SIGKILL: the kernel goes with its parent', async () => {
    const before = traces()
    const run = start()
    await sleep(900)
    run.kill('SIGKILL')
    await run
    const left = await whatIsLeft(before)
    expect(left.filter(trace => trace.startsWith('process'))).toEqual([])
  })

  it('a run that goes well', async () => {
    const before = traces()
    const { exitCode } = await start()
    expect(exitCode).toBe(0)
    expect(await whatIsLeft(before)).toEqual([])
  })
})
