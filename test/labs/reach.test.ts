import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { holderOf } from '../../src/lab/reach.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { TCP_STATES, type TcpState } from '../../src/tcp/states.ts'
import { FIXTURES, runLabs } from '../handwave.ts'

const HOURS_MS = 3 * 3_600_000

/** In virtual time, where hours are short: what `reach` holds until Enter in real time is reached by the same ways. */
describe('a state that is reached', () => {
  let document: RunDocument

  beforeAll(async () => {
    ;({ document } = await runLabs(join(FIXTURES, 'reach-for-hours.lab.ts')))
  })

  it.each(TCP_STATES)('%s lasts as long as it may be asked to', state => {
    const lab = document.labs.find(one => one.case === state)
    expect(lab).toMatchObject({ verdict: 'pass', reasons: [] })
    expect(lab?.labMs).toBeGreaterThanOrEqual(state === 'TIME_WAIT' ? 59_000 : HOURS_MS)
    const last = lab?.evidence.states.findLast(({ host }) => host === holderOf(state))
    expect<TcpState | undefined>(last?.to).toBe(state === 'CLOSED' ? undefined : state)
  })
})
