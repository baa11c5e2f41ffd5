import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Hearing } from '../../../src/grade/boot.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('what was ended for computing without a pause stays so, though what is ended computes no more', () => {
  using hearing = new Hearing({ request: { assignment: '', work: [] }, processor: 0, onPart: () => {} })
  let cpuMs = 800
  hearing.hear(JSON.stringify({ grade: 'started', submission: 3, part: 'echoes' }))
  hearing.watch(() => cpuMs)
  vi.advanceTimersByTime(500)
  expect(hearing.over.aborted).toBe(false)
  cpuMs += 9000
  vi.advanceTimersByTime(500)
  expect(hearing.over.aborted).toBe(true)
  // Its processes go one by one.
  for (cpuMs = 5000; cpuMs >= 0; cpuMs -= 2500) vi.advanceTimersByTime(500)
  expect(hearing.brokenOff([], 'SIGKILL')).toMatchObject({
    submission: 3,
    part: 'echoes',
    verdict: 'fail',
    reason: expect.stringContaining('without a pause'),
  })
})
