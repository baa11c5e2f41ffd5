import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { handwave, LAUNCHER } from '../handwave.ts'
import { onTerminal } from './terminal.ts'

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root may make namespaces on Linux'

const ENTER = /^ +(nsenter --net=(\S+) ss -tan) +# (\w+), (\S+)\r?$/gm

const entrances = (written: string) =>
  [...written.matchAll(ENTER)].map(([, command = '', path = '', host = '', address = '']) => ({
    command,
    path,
    host,
    address,
  }))

describe('--keep', () => {
  it("is refused where hosts go with their kernel, and says what isn't", async () => {
    const { exitCode, stdout, stderr } = await handwave('run', 'stale-syn', '--on', 'kernel', '--keep')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('--on netns --keep')
  })

  it('leaves hosts that can be entered by the commands it prints, until it is told to end', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const run = execa(process.execPath, [LAUNCHER, 'run', 'stale-syn', '--on', 'netns', '--keep'], {
      stdin: 'ignore',
      reject: false,
      timeout: 30_000,
    })
    let said = ''
    run.stderr.on('data', chunk => {
      said += String(chunk)
    })
    while (entrances(said).length < 3) await sleep(20)
    const [client, server, wire] = entrances(said)
    expect([client?.host, server?.host, wire?.host]).toEqual(['client', 'server', 'wire'])

    const seen = async (entrance = client) => (await execa('sh', ['-c', entrance?.command ?? 'false'])).stdout
    expect(await seen(client)).toMatch(connection(client?.address, 40_000, server?.address, 5000))
    expect(await seen(server)).toMatch(connection(server?.address, 5000, client?.address, 40_000))
    expect(await seen(wire)).not.toContain('ESTAB')

    run.kill('SIGINT')
    expect((await run).exitCode).toBe(130)
    expect([client, server, wire].map(host => existsSync(host?.path ?? '/'))).toEqual([false, false, false])
  })

  it('leaves those of the last round on a terminal, until Enter', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { written, exitCode } = await onTerminal(['run', 'stale-syn', '--repeat', '2', '--on', 'netns', '--keep'], {
      columns: 100,
      answer: { to: /until Enter[\s\S]*# wire/, with: '\n' },
    })
    expect(exitCode).toBe(0)
    expect(written).toContain('2 passed')
    const kept = entrances(written)
    expect(kept).toHaveLength(3)
    expect(kept.filter(({ path }) => existsSync(path))).toEqual([])
  })
})

function connection(local = '', port = 0, remote = '', remotePort = 0): RegExp {
  return new RegExp(`^ESTAB +\\d+ +\\d+ +${local}:${port} +${remote}:${remotePort}\\b`, 'm')
}
