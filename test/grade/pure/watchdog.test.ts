import { describe, expect, it } from 'vitest'
import { Watchdog } from '../../../src/grade/watchdog.ts'

const MOST_WALL_MS = 300_000

/** Looks twice a second at a machine that has taken so much of a processor to start, and began a part at 0. */
function barkAfter(startMs: number, { speed = 1, heardEveryMs = Number.POSITIVE_INFINITY, untilMs = 400_000 }) {
  const watchdog = new Watchdog(MOST_WALL_MS)
  watchdog.begins()
  for (let atMs = 0; atMs <= untilMs; atMs += 500) {
    if (atMs > 0 && atMs % heardEveryMs === 0) watchdog.hears()
    const bark = watchdog.look(atMs, startMs + atMs * speed)
    if (bark) return { ...bark, atMs }
  }
  return null
}

describe('the watchdog of marking', () => {
  it.each([800, 4000])('where a start took %i ms lets a part compute for ten of them without a pause', startMs => {
    expect(barkAfter(startMs, {})).toMatchObject({
      atMs: 10 * startMs + 500,
      verdict: 'fail',
      reason: expect.stringContaining('without a pause'),
    })
  })

  it('lets one that pauses compute for longer, but not for ever', () => {
    expect(barkAfter(800, { heardEveryMs: 5000 })).toMatchObject({
      atMs: 30 * 800 + 500,
      verdict: 'fail',
      reason: expect.stringContaining('30 starts'),
    })
  })

  it('counts what each part computes by itself', () => {
    const watchdog = new Watchdog(MOST_WALL_MS)
    for (let part = 0; part < 100; part++) {
      watchdog.begins()
      watchdog.hears()
      expect(watchdog.look(part * 5000, 800 + part * 5000)).toBeNull()
    }
  })

  it('counts the start from the first part alone', () => {
    const watchdog = new Watchdog(MOST_WALL_MS)
    watchdog.begins()
    watchdog.hears()
    expect(watchdog.look(0, 800)).toBeNull()
    watchdog.begins()
    watchdog.hears()
    expect(watchdog.look(500, 8800)).toBeNull()
    expect(watchdog.look(1000, 17_300)).not.toBeNull()
  })

  it('does not take a slow wall for computing, and gives no marks where nothing is heard of the machine', () => {
    expect(barkAfter(800, { speed: 0.001, untilMs: MOST_WALL_MS })).toBeNull()
    expect(barkAfter(800, { speed: 0.001 })).toMatchObject({
      verdict: 'undecided',
      reason: 'Nothing was heard of it for 5 minutes, and it was ended.',
    })
  })

  it('lets a machine that does not begin take its time', () => {
    const watchdog = new Watchdog(MOST_WALL_MS)
    expect(watchdog.look(0, 0)).toBeNull()
    expect(watchdog.look(250_000, 250_000)).toBeNull()
    expect(watchdog.look(300_500, 300_000)).toMatchObject({ verdict: 'undecided' })
  })
})
