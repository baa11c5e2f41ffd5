import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { findEngine } from '../../../src/testbed/docker/engine.ts'

/** Takes connections, and never says a word. */
const mute = createServer()
const taken: Socket[] = []
mute.on('connection', socket => taken.push(socket.on('error', () => {})))

// Testcontainers reads its settings once.
beforeAll(async () => {
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${(mute.address() as AddressInfo).port}`)
})

afterAll(() => {
  for (const socket of taken) socket.destroy()
  mute.close()
  vi.unstubAllEnvs()
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})

afterEach(() => {
  vi.useRealTimers()
})

it('nobody has to wait for a silent engine when interrupted', async () => {
  const interrupt = new AbortController()
  const finding = Promise.allSettled([findEngine(interrupt.signal)])
  await once(mute, 'connection')
  interrupt.abort(new Error('Ctrl-C'))
  // Where this machine has another one, that is found instead.
  expect((await finding)[0]).toSatisfy(end => end.status === 'fulfilled' || end.reason.message === 'Ctrl-C')
})

it('an engine that says nothing is given up', async () => {
  const finding = Promise.allSettled([findEngine()])
  await once(mute, 'connection')
  vi.advanceTimersByTime(15_000)
  expect((await finding)[0]).toSatisfy(end => end.status === 'fulfilled' || end.reason.code === 'NO_ENGINE')
})
