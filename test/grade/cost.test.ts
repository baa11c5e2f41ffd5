import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cpuTimeMs } from '../../src/testbed/cpu-time.ts'
import { childrenOf } from '../cli/world-list.ts'
import { LAUNCHER, ROOT } from '../handwave.ts'

/** As the progress tells of a submission: what the run has computed by then, and the memory of its largest process. */
interface Sample {
  readonly cpuMs: number
  readonly megabytes: number
}

/**
 * The processor's time, not the wall's, and counted in boots: a busy machine takes more of it for the same work, and for
 * a boot likewise.
 */
describe('the cost of marking', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  const samples: Sample[] = []

  beforeAll(async () => {
    // Whose mark costs a boot, and a compiler's start.
    mkdirSync(join(folder, 'a'))
    writeFileSync(join(folder, 'a', 'echo.c'), 'int main(void) { return x; }')
    const others = ['b', 'c', 'd', 'e', 'f'].map(name => join(folder, name))
    for (const one of others) cpSync(join(ROOT, 'labs/assignments/echo-server/solution'), one, { recursive: true })
    const submissions = [join(folder, 'a'), ...others]
    const run = execa(
      process.execPath,
      [LAUNCHER, 'grade', 'echo-server', ...submissions, '--out', join(folder, 'out')],
      {
        reject: false,
      },
    )
    createInterface({ input: run.stderr }).on('line', () => samples.push(sample(run.pid ?? 0)))
    const { stdout } = await run
    expect(stdout.match(/15\/15/g)?.length).toBe(others.length)
    expect(samples.length).toBe(submissions.length)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The first echo server is also the first to do most things in this boot, and the last one's kernel ends as it is told of. */
  const perSubmission = (what: keyof Sample) => {
    const [, first, ...rest] = samples.slice(0, -1)
    return ((rest.at(-1)?.[what] ?? 0) - (first?.[what] ?? 0)) / rest.length
  }

  it('an echo server costs less than three boots', () => {
    const boots = perSubmission('cpuMs') / (samples[0]?.cpuMs ?? 0)
    expect(boots).toBeGreaterThan(0)
    expect(boots).toBeLessThan(3)
  })

  it('each leaves little behind in its kernel, which goes after thirty', () => {
    expect(samples[0]?.megabytes).toBeGreaterThan(50)
    expect(perSubmission('megabytes')).toBeLessThan(12)
  })
})

function sample(root: number): Sample {
  return { cpuMs: cpuTimeMs(root), megabytes: Math.max(...family(root).map(megabytesOf)) }
}

function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)]
}

function megabytesOf(pid: number): number {
  try {
    const [, kilobytes = '0'] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes) / 1024
  } catch {
    // It has just ended.
    return 0
  }
}
