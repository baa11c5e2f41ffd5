import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { RunningKernel } from '../../src/testbed/kernel/boot.ts'
import { ensureKernel } from '../../src/testbed/kernel/build.ts'
import type { Scenes } from './guest/main.ts'
import { loseByChance } from './guest/scenes.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Boots the lab kernel for the scenes in test/host/guest. */
async function playScenes(): Promise<Scenes> {
  const { signal } = new AbortController()
  const writable = await mkdtemp(join(tmpdir(), 'handwave-test-'))
  try {
    const lines: string[] = []
    await using kernel = await RunningKernel.boot({
      kernel: (await ensureKernel({ signal })).path,
      processor: 0,
      command: [process.execPath, '--conditions=handwave-source', join(ROOT, 'test/host/guest/main.ts')],
      environment: { PATH: process.env['PATH'] ?? '', TMPDIR: '/run' },
      writable,
      onLine: line => lines.push(line),
      signal: AbortSignal.timeout(50_000),
    })
    const { said } = await kernel.ended
    const told = lines.map(line => JSON.parse(line) as { scenes?: Scenes }).find(({ scenes }) => scenes)
    if (told?.scenes) return told.scenes
    throw new Error(`The guest told nothing: ${[...lines, ...said].join('\n')}`)
  } finally {
    await rm(writable, { recursive: true, force: true })
  }
}

describe('loss by chance', () => {
  it("loses exactly what the seed says, on this machine's own kernel", async () => {
    const { arrived, expected, lost, losses } = await loseByChance()
    expect(arrived).toEqual(expected)
    expect(losses).toContain(`counter packets ${(lost[0] ?? 0) + (lost[1] ?? 0)} `)
  })
})

describe('on the lab kernel', () => {
  let scenes: Scenes
  beforeAll(async () => {
    scenes = await playScenes()
  })

  it('loss by chance loses exactly what the seed says', () => {
    const { arrived, expected, lost, losses } = scenes.loseByChance
    expect(arrived).toEqual(expected)
    expect(arrived[0]).not.toEqual(arrived[1])
    expect(losses).toContain(`counter packets ${(lost[0] ?? 0) + (lost[1] ?? 0)} `)
  })

  it('each direction has a netem of its own, and its own times', () => {
    const { toServer, toClient, qdiscs } = scenes.impair
    // netem counts time in 64 ns.
    expect(toServer.map(ms => ms.toFixed(2))).toEqual(['50.00', '50.00'])
    // 54 bytes with Ethernet's header at a thousand bytes a second.
    expect(toClient.map(ms => ms.toFixed(2))).toEqual(['74.00'])
    expect(qdiscs).toMatch(/netem 10: parent 1:1 .*delay 20ms rate 8Kbit/)
    expect(qdiscs).toMatch(/netem 11: parent 1:2 .*delay 50ms duplicate 100%/)
  })

  it('one direction can lose all, and the other nothing', () => {
    expect(scenes.loseAll.arrived).toEqual([0, true])
    expect(scenes.loseAll.qdiscs).not.toContain('parent 1:1')
  })

  it('a crash says no word and leaves no connection', () => {
    const { before, after, counted } = scenes.crash
    expect(before.client.join()).toContain('FIN-WAIT-2')
    expect(before.server).toHaveLength(1)
    expect(after).toEqual({ client: [], server: before.server })
    expect(counted).toEqual({ received: 0, sent: 0 })
  })

  it('a stopped program takes nothing', () => {
    const { queued, answer } = scenes.program
    expect(queued).toBe('1')
    expect(answer).toMatchObject({ text: 'HELLO' })
  })
})
