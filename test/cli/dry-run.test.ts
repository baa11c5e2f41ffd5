import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { handwave, LAUNCHER } from '../handwave.ts'
import { RecordedPrograms } from './recorded.ts'

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root may make namespaces on Linux'

const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function scriptOf(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await handwave('run', ...args, '--dry-run')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}

/** Where the names of its network namespaces, and all that is in them, are nobody else's. */
async function inScratch(script: string, path = process.env['PATH'] ?? '') {
  const own = ['--mount', '--propagation', 'private', '--net']
  return await execa('unshare', [...own, 'sh', '-e'], {
    input: `mount -t tmpfs tmpfs /run\n${script}`,
    env: { PATH: `${path}:/usr/sbin:/sbin` },
    reject: false,
    timeout: 30_000,
  })
}

const SERVES = `
const server = require('net').createServer(socket => socket.end('to ' + socket.remoteAddress)).listen(5000, '198.18.0.3')
server.once('connection', () => server.close())`
const ASKS = `
const ask = () => require('net').connect(5000, '198.18.0.3')
  .on('data', data => console.log('reached, by its answer ' + data)).on('error', () => setTimeout(ask, 20))
ask()`

/** The server's program and the client's, and how many packets the wire has sent on between them. */
const MEETING = `
nsenter --net=/run/netns/hw0-server timeout 10 ${process.execPath} -e "${SERVES}" &
nsenter --net=/run/netns/hw0-client timeout 10 ${process.execPath} -e "${ASKS}"
wait
echo wire: $(nsenter --net=/run/netns/hw0-wire awk '/^Ip:/ { sent = $7 } END { print sent }' /proc/net/snmp)
`

describe('--dry-run', () => {
  it('prints a script that makes hosts which reach each other through the wire, and one that takes them away', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const [setUp = '', takeDown = ''] = (await scriptOf('normal-close')).split('# afterwards\n')
    const { stdout, stderr, exitCode } = await inScratch(`${setUp}${MEETING}${takeDown}\nls /run/netns | wc -l`)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const [reached, wire, left] = stdout.split('\n')
    expect(reached).toBe('reached, by its answer to 198.18.0.2')
    expect(Number(wire?.replace('wire: ', ''))).toBeGreaterThan(5)
    expect(left).toBe('0')
  })

  it.for([
    [1, 'lost-syn/once'],
    [2, 'stale-syn'],
  ] as const)('prints what a run gives, from the first command to the last: %i, %s', async ([number, lab], context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const names = ['ip', 'tc', 'bridge', 'nft']
    const printed = await RecordedPrograms.make(join(folder, `${number}-printed`), names, 'do it')
    const { exitCode } = await inScratch(await scriptOf(lab), `${printed.folder}:${process.env['PATH']}`)
    expect(exitCode).toBe(0)

    const given = await RecordedPrograms.make(join(folder, `${number}-given`), names, 'do it')
    const run = await execa(process.execPath, [LAUNCHER, 'run', lab, '--on', 'netns'], {
      env: { PATH: `${given.folder}:${process.env['PATH']}` },
    })
    expect(run.stdout).toContain('1 passed')
    expect(printed.calls.length).toBeGreaterThan(5)
    expect(given.calls.map(nameless)).toEqual(printed.calls.map(nameless))
  })

  it('runs nothing', async () => {
    const names = ['ip', 'tc', 'bridge', 'nft', 'setpriv', 'taskset', 'nsenter', 'mount', 'unshare']
    const programs = await RecordedPrograms.make(join(folder, 'none'), names, 'fail')
    for (const on of ['kernel', 'netns']) {
      const { exitCode, stdout } = await execa(process.execPath, [LAUNCHER, 'run', '--on', on, '--dry-run'], {
        env: { PATH: programs.folder },
      })
      expect(exitCode).toBe(0)
      expect(stdout).toContain('# normal-close: ')
    }
    expect(programs.calls).toEqual([])
  })

  it.each([
    ['20ms', []],
    ['35ms', ['--delay', '35ms']],
  ])('prints the delay of each direction: %s', async (delay, options) => {
    const script = await scriptOf('three-way-handshake', ...options)
    expect(script).toMatch(/^tc -n hw0-wire -batch - /m)
    expect(script.match(/ netem .*/g)?.map(queue => / delay (\S+)/.exec(queue)?.[1])).toEqual([delay, delay])
  })

  it('prints what a wire that guards a host is told', async () => {
    const script = await scriptOf('syn-proxy')
    expect(script).toMatch(/ip daddr 198\.18\.\d\.3 tcp dport 5000 .* synproxy mss 1400\n/)
    expect(script).toContain('net.netfilter.nf_conntrack_tcp_loose=0')
  })

  it('prints what the picture has the wire lose and hold, by the row', async () => {
    expect(await scriptOf('time-wait/one')).toMatch(/^# what the picture shows of row 5: it is lost$/m)
    expect(await scriptOf('stale-syn')).toMatch(/^# what the picture shows of row 2: it is held back$/m)
  })
})

/** Without the number of the segment, which is drawn. */
function nameless(call: string): string {
  return call.replaceAll(/\bhw\d+/g, 'hw').replaceAll(/\b198\.18\.\d+\./g, '198.18.n.')
}
