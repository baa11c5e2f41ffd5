import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { jobsOn } from '../../src/cli/run-arguments.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { LAUNCHER, runLabs } from '../handwave.ts'
import { childrenOf } from './world-list.ts'

/** Five cases; the first lab's two do not end up in one kernel. */
const LABS = ['lost-syn', 'stale-syn', 'three-way-handshake', 'normal-close']

const shown = ({ labs }: RunDocument) =>
  labs.map(({ id, case: name, verdict, rows }) => ({ id, name, verdict, rows: rows.map(({ observed }) => observed) }))
const boots = ({ labs }: RunDocument) => labs.map(({ boot }) => boot)

describe('--jobs', () => {
  it('runs so many kernels at once, and gives the same results in the same order as one does', async () => {
    const [one, two, three] = [await watched('1'), await watched('2'), await watched('3')]
    expect([one.atOnce, two.atOnce, three.atOnce]).toEqual([1, 2, 3])
    expect([one, two, three].map(({ document }) => new Set(boots(document)).size)).toEqual([1, 2, 3])
    expect(shown(one.document).map(({ verdict }) => verdict)).toEqual(Array(5).fill('pass'))
    expect(shown(two.document)).toEqual(shown(one.document))
    expect(shown(three.document)).toEqual(shown(one.document))
  })

  it('takes one round after the other, each on kernels of its own', async () => {
    const { status, document } = await runLabs('stale-syn', 'lost-syn/once', '--jobs', '2', '--repeat', '2')
    expect(status).toBe(0)
    expect(document.labs.map(({ id }) => id)).toEqual(['stale-syn', 'lost-syn', 'stale-syn', 'lost-syn'])
    expect(new Set(boots(document)).size).toBe(4)
  })

  it('takes a lab that is named twice twice, and no oftener', async () => {
    const { status, document } = await runLabs('stale-syn', 'stale-syn', '--jobs', '2')
    expect({ status, verdicts: document.labs.map(({ verdict }) => verdict) }).toEqual({
      status: 0,
      verdicts: ['pass', 'pass'],
    })
  })

  it('has no more kernels than there are labs', async () => {
    const { status, document } = await runLabs('stale-syn', '--jobs', '3')
    expect({ status, labs: document.labs.length }).toEqual({ status: 0, labs: 1 })
  })
})

describe('without --jobs', () => {
  const processors = Math.min(availableParallelism(), 8)

  it.each([
    ['kernel', true, null, processors],
    ['kernel', false, null, 1],
    ['netns', true, null, 1],
    ['docker', true, null, 1],
    ['kernel', true, 3, 3],
  ] as const)('on %s, --all being %s and --jobs %s, it is %i', (on, all, jobs, expected) => {
    expect(jobsOn(on, { all, jobs })).toBe(expected)
  })
})

/** The labs, and how many kernels there were at any one time. */
async function watched(jobs: string): Promise<{ document: RunDocument; atOnce: number }> {
  const run = execa(process.execPath, [LAUNCHER, 'run', '--on', 'kernel', ...LABS, '--jobs', jobs, '--json'], {
    reject: false,
  })
  const over = run.then(() => true)
  let atOnce = 0
  while (!(await Promise.race([over, sleep(10, false)]))) {
    atOnce = Math.max(atOnce, childrenOf(run.pid ?? 0).filter(isKernel).length)
  }
  return { document: JSON.parse((await run).stdout) as RunDocument, atOnce }
}

function isKernel(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('\0rootfstype=hostfs\0')
  } catch {
    return false
  }
}
