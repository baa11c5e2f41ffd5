import { expect, test } from 'vitest'
import type { Evidence } from '../../src/evidence/evidence.ts'
import type { Observer } from '../../src/lab/observer.ts'
import { StoodStill, Watch } from '../../src/lab/watch.ts'
import { perform } from '../ladder/perform.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import { HANDSHAKE } from '../ladder/figures.ts'

const ladder = parseLadder(HANDSHAKE)
const WHOLE = perform(ladder)
const NOTHING: Evidence = { ...WHOLE, segments: [], states: [], calls: [] }

/** Of a witness that tells what has happened only when it is asked. */
function watchOn(told: Evidence): Watch {
  let known = NOTHING
  const observer: Pick<Observer, 'readTrace' | 'evidence' | 'listenOut'> = {
    readTrace: () => false,
    evidence: () => known,
    listenOut: async () => {
      known = told
    },
  }
  const match = (evidence: Evidence) => matchLadder(ladder, evidence, { peers: { left: 'client', right: 'server' } })
  return new Watch(observer as Observer, 'real', match, 60_000, async () => false)
}

test('where nothing can happen any more, who was slow to tell is asked before the run is ended', async () => {
  using watch = watchOn(WHOLE)
  await expect(watch.until(({ match }) => match.ok || undefined)).resolves.toBe(true)
})

test('and if there is nothing to tell, it is ended', async () => {
  using watch = watchOn(NOTHING)
  await expect(watch.until(({ match }) => match.ok || undefined)).rejects.toThrow(StoodStill)
})
