import { describe, expect, it } from 'vitest'
import { handwave } from '../handwave.ts'
import { Screen } from './screen.ts'
import { onTerminal } from './terminal.ts'
import { World } from './world.ts'

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root may make namespaces on Linux'
const PLAN =
  /^flood: 600 SYNs by attacker \(198\.18\.\d+\.4\), from invented addresses of 198\.19\.0\.0\/16,\n +to server \(198\.18\.\d+\.3:5000\), 300 a second, for 2 s,\n +between namespaces of this machine's kernel, on a bridge that no way leads out of\n/
const SIX_HUNDRED = ['--rate', '300', '--count', '600', '--for', '4s']

describe('flood', () => {
  it('--dry-run prints the plan, and that is all', async () => {
    const { exitCode, stdout, stderr } = await handwave('flood', ...SIX_HUNDRED, '--dry-run')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(`${stdout}\n`.replace(PLAN, '')).toBe('')
  })

  it('without cookies: the queue is full, the client shut out, and all else dropped', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { exitCode, stdout } = await handwave('flood', '--cookies', '0', '--backlog', '16', ...SIX_HUNDRED)
    expect(exitCode).toBe(0)
    const [plan = '', lines = ''] = stdout.split('\n\n')
    expect(`${plan}\n`).toMatch(PLAN)
    const told = lines.split('\n').map(readLine)
    expect(told.length).toBeGreaterThanOrEqual(4)
    expect(stdout).not.toContain('\u001b')
    const last = told.at(-1)
    expect(last).toMatchObject({ sent: 600, halfOpen: 17 })
    // What was sent and not held, and the client's own SYNs, one a second.
    const callers = (last?.drops['ListenDrops'] ?? 0) - (600 - 17)
    expect(callers).toBeGreaterThanOrEqual(1)
    expect(callers).toBeLessThanOrEqual(5)
    expect(last?.drops['TCPReqQFullDrop']).toBe(last?.drops['ListenDrops'])
    expect(last?.again).toBe(34)
    expect(last?.client).toMatch(/^shut out for \d\.\d s$/)
  })

  it('with cookies: the client is let in, again and again', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { exitCode, stdout } = await handwave('flood', '--cookies', '2', '--backlog', '16', ...SIX_HUNDRED)
    expect(exitCode).toBe(0)
    const last = readLine(stdout.split('\n').at(-1) ?? '')
    expect(last).toMatchObject({ sent: 600, halfOpen: 0, drops: expect.not.objectContaining({ ListenDrops: 1 }) })
    const [, times] = /^let in (\d+) times, last in \d+ ms$/.exec(last.client) ?? []
    expect(Number(times)).toBeGreaterThan(5)
    const { SyncookiesSent = 0, SyncookiesRecv = 0 } = last.drops
    expect(SyncookiesSent - SyncookiesRecv).toBe(600)
    // Of the last call the kernel may know more than the program has been told.
    expect([0, 1]).toContain(SyncookiesRecv - Number(times))
  })

  it('on a terminal: small plots, refreshed in place', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { written, exitCode } = await onTerminal(
      ['flood', '--cookies', '0', '--backlog', '16', '--rate', '300', '--for', '3s'],
      { columns: 70 },
    )
    expect(exitCode).toBe(0)
    const { lines, moments } = new Screen(written)
    const plots = lines.filter(line => /^(sent|queue|again|drops|client) /.test(line))
    expect(plots.map(line => line.split(' ')[0])).toEqual(['sent', 'queue', 'again', 'drops', 'client'])
    expect(plots[1]).toMatch(/^queue +[▁▂▃▄▅▆▇ ]*█+ +17 half-open$/)
    expect(plots[4]).toMatch(/✗.* shut out for/)
    expect(moments.filter(line => line.startsWith('queue')).length).toBeGreaterThan(5)
    expect(plots.filter(line => line.length > 70)).toEqual([])
  })

  it('leaves nothing when it is interrupted', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    const run = await world.handwave('flood', '--for', '30s')
    await new Promise<void>(resolve => {
      run.stdout.on('data', chunk => {
        if (String(chunk).includes('half-open')) resolve()
      })
    })
    process.kill(run.pid, 'SIGINT')
    expect((await run.ended).exitCode).toBe(130)
    expect(await world.left()).toEqual([])
  })
})

function readLine(line: string) {
  const [, sent, halfOpen, again, drops = '', client = ''] =
    /sent (\d+) +half-open (\d+) +SYN\+ACKs repeated (\d+)(.*?) +client (.+)$/.exec(line) ?? []
  const counters = [...drops.matchAll(/(\w+) (\d+)/g)].map(([, name = '', value]) => [name, Number(value)])
  return {
    sent: Number(sent),
    halfOpen: Number(halfOpen),
    again: Number(again),
    drops: Object.fromEntries(counters) as Record<string, number>,
    client,
  }
}
