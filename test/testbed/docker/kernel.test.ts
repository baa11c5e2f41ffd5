import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readHostRecipe } from '../../../src/testbed/docker/host-recipe.ts'
import { type EngineRun, runBesideEngine } from './engine-in-kernel.ts'
import { skipWithoutEngine, whyNoEngineInKernel } from './required.ts'

const WHY_NOT = await whyNoEngineInKernel()

describe('beside an engine in the lab kernel', () => {
  let run: EngineRun
  let seen: { before: string; after: string; address: string; qdiscs: string; addons: number; labels: unknown }

  beforeAll(async () => {
    if (WHY_NOT !== null) return
    const ping = `"$0" --conditions=handwave-source "$1"; echo "to standard error" >&2; exit 3`
    const command = ['sh', '-c', ping, process.execPath, join(import.meta.dirname, 'guest/ping.ts')]
    run = await runBesideEngine(command, { signal: AbortSignal.timeout(110_000) })
    seen = JSON.parse(run.stdout.split('\n')[0] ?? '')
  })

  it("a command's output and its exit status come out", context => {
    skipWithoutEngine(context, WHY_NOT)
    expect(run.stderr).toContain('to standard error\n')
    expect(run.status).toBe(3)
  })

  it('containers with no more rights than a host needs have netem and the addons', async context => {
    skipWithoutEngine(context, WHY_NOT)
    expect(seen).toMatchObject({
      address: expect.stringMatching(/^198\.1[89]\./),
      qdiscs: expect.stringMatching(/netem .* delay 20ms/),
      addons: 0,
      labels: (await readHostRecipe()).labels,
    })
    // The kernel's time is real here, and all may be slow that is not held back.
    expect(quickestMs(seen.before)).toBeLessThan(20)
    expect(quickestMs(seen.after)).toBeGreaterThanOrEqual(40)
    expect(quickestMs(seen.after)).toBeLessThan(60)
  })
})

function quickestMs(ping: string): number {
  const times = [...ping.matchAll(/ time=([\d.]+) ms/g)].map(([, time]) => Number(time))
  expect(times).toHaveLength(3)
  return Math.min(...times)
}
