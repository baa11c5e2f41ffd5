import { expect, test } from 'vitest'
import { slowestMs } from '../../../src/host/slowest.ts'

test.each([
  [{}, 250],
  [{ delay: '20ms' }, 270],
  [{ delay: '20ms', to: { server: { delay: '1.5s' } } }, 1750],
  [{ delay: '100ms 10ms 25%' }, 390],
  [{ delay: '500us', jitter: '5msecs' }, 270.5],
  [{ rate: '1mbit' }, 250 + 33_554.432],
  [{ delay: '1ms', rate: '125kbps' }, 251 + 33_554.432],
])('%j holds back for at most %d ms', (link, most) => {
  expect(slowestMs(link, ['client', 'server'])).toBeCloseTo(most)
})
