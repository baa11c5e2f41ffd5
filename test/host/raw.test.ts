import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { NetworkNamespace } from '../../src/host/network-namespace.ts'
import { openRaw } from '../../src/host/raw.ts'
import { openHosts } from './hosts.ts'

it('a raw socket that only waits is not collected', async () => {
  await using hosts = await openHosts()
  const { place, run } = hosts.client
  const rawSockets = () => run('cat', '/proc/net/raw').trimEnd().split('\n').length - 1
  const before = rawSockets()
  using namespace = new NetworkNamespace(`${place.device.replace(/h\d+$/, '')}-client`)
  const protocol = 253
  const close = (() => {
    const held = new WeakRef(namespace.run(() => openRaw({ protocol })))
    return () => held.deref()?.close()
  })()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let round = 0; round < 5; round++) {
    await nextTurn()
    collect()
  }
  expect(rawSockets()).toBe(before + 1)
  close()
  expect(rawSockets()).toBe(before)
})
