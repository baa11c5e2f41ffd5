import { describe, expect, it } from 'vitest'
import { requireEngine, whyNoEngineInKernel } from '../../testbed/docker/required.ts'
import { runWatched } from './watched.ts'

/** Twenty where there is time: most of each is a minute of TIME_WAIT. */
const RUNS = 2 * Number(process.env['HANDWAVE_REPEATS'] ?? 1)
const KERNELS = 4
const LABS = ['three-way-handshake', 'normal-close']
const WHY_NOT = requireEngine(await whyNoEngineInKernel())

describe('labs between containers that lose one segment in ten', () => {
  it('say nothing but what was seen, with no trace to help them', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const seeds = Array.from({ length: RUNS }, (_, index) => index + 1)
    const runSeeds = async (kernel: number) => {
      const results = []
      for (const seed of seeds.filter(each => each % KERNELS === kernel)) {
        const args = [...LABS, '--loss', '10%', '--seed', `${seed}`]
        results.push({ seed, ...(await runWatched(args, { signal: context.signal, processor: kernel })) })
      }
      return results
    }
    const results = (await Promise.all(Array.from({ length: KERNELS }, (_, kernel) => runSeeds(kernel)))).flat()
    expect(results).toHaveLength(RUNS)
    for (const { seed, document, exitCode, stderr } of results) {
      const labs = document?.labs ?? []
      const reasons = labs.map(lab => `${lab.id} ${lab.verdict}: ${lab.reasons.join(' ')}`)
      expect([0, 3], `seed ${seed}: ${stderr} ${reasons.join('\n')}`).toContain(exitCode)
      expect(labs.map(({ id }) => id)).toEqual(LABS)
      for (const { id, verdict, rows, claims, reasons, evidence } of labs) {
        const what = `seed ${seed} ${id}: ${reasons.join(' ')}`
        if (verdict !== 'pass') expect(reasons, what).not.toEqual([])
        else {
          expect(
            rows.filter(({ ok }) => !ok),
            what,
          ).toEqual([])
          expect(
            claims.filter(({ ok }) => !ok),
            what,
          ).toEqual([])
          expect(evidence.unseen, what).toBeDefined()
          expect(evidence.gaps, what).toEqual([])
        }
        for (const [host, { left, inSegs }] of Object.entries(evidence.counters)) {
          const departed = evidence.segments.filter(({ from, copyOf }) => from === host && copyOf === undefined)
          const arrived = evidence.segments.filter(({ to, arrived }) => to === host && arrived)
          const agrees = departed.length === left && arrived.length === inSegs
          if (verdict === 'pass') expect(agrees, what).toBe(true)
        }
      }
    }
    // At one in ten something is lost, and sent again.
    const lost = results.flatMap(({ document }) => document?.labs ?? []).flatMap(({ evidence }) => evidence.segments)
    if (RUNS > 4) expect(lost.filter(({ lost }) => lost).length).toBeGreaterThan(0)
  })
})
