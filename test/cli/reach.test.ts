import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { LAUNCHER } from '../handwave.ts'
import { onTerminal } from './terminal.ts'
import { World } from './world.ts'

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root may make namespaces on Linux'

/** As people spell them, and what ss(8) shows: the port is whose state it is. */
const STATES = [
  ['CLOSED', null, 40_000],
  ['listen', 'LISTEN', 5000],
  ['SYN_SENT', 'SYN-SENT', 40_000],
  ['SYN-RECEIVED', 'SYN-RECV', 5000],
  ['ESTAB', 'ESTAB', 40_000],
  ['FIN_WAIT1', 'FIN-WAIT-1', 40_000],
  ['FIN-WAIT-2', 'FIN-WAIT-2', 40_000],
  ['close-wait', 'CLOSE-WAIT', 5000],
  ['TCP_CLOSING', 'CLOSING', 40_000],
  ['LAST_ACK', 'LAST-ACK', 5000],
  ['time-wait', 'TIME-WAIT', 40_000],
] as const

const COMMAND = /^ +(nsenter --net=(\S+) ss -tan)\r?$/m

/** A state that is held. */
async function reach(...args: string[]) {
  const run = execa(process.execPath, [LAUNCHER, 'reach', ...args], { stdin: 'ignore', reject: false, timeout: 50_000 })
  let said = ''
  run.stdout.on('data', chunk => {
    said += String(chunk)
  })
  const isOver = run.then(() => true)
  while (!COMMAND.test(said))
    if (await Promise.race([sleep(20, false), isOver])) throw new Error(JSON.stringify(await run))
  const [, command = '', path = ''] = COMMAND.exec(said) ?? []
  return { run, command, path, ss: async (like = command) => (await execa('sh', ['-c', like])).stdout }
}

describe('reach', () => {
  it.for(STATES)('%s: ss in the host shows it', async ([name, shown, port], context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { run, path, ss } = await reach(name)
    const [, ...lines] = (await ss()).split('\n')
    if (shown === null) expect(lines).toEqual([])
    else expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${shown} +\\d+ +\\d+ +198\\.\\S+:${port} `)))
    run.kill('SIGINT')
    expect((await run).exitCode).toBe(130)
    expect(existsSync(path)).toBe(false)
  })

  it('holds it as long as it is told to', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { run, ss } = await reach('FIN-WAIT-1', '--for', '1.5s')
    const began = performance.now()
    expect(await ss()).toContain('FIN-WAIT-1')
    const { exitCode, stdout } = await run
    expect(exitCode).toBe(0)
    expect(performance.now() - began).toBeGreaterThan(1000)
    expect(stdout).toMatch(
      /FIN-WAIT-1 at client, by its kernel's socket table:\n +FIN-WAIT-1 +198\.\S+:40000 +198\.\S+:5000\n/,
    )
  })

  it('holds it on a terminal until Enter', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { written, exitCode } = await onTerminal(['reach', 'CLOSE-WAIT', '--for', '45s'], {
      columns: 80,
      answer: { to: /held until its time is over or Enter\./, with: '\n' },
    })
    expect(exitCode).toBe(0)
    expect(existsSync(COMMAND.exec(written)?.[2] ?? '/')).toBe(false)
    expect(written.split(/\r?\n/).filter(line => line.length > 80 && !COMMAND.test(line))).toEqual([])
  })

  it.for([
    ['TIME-WAIT', 0],
    ['ESTABLISHED', 1],
  ] as const)('%s: tells when it is there no more', async ([name, status], context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { run, command, ss } = await reach(name)
    await ss(command.replace('-tan', '--kill -ta'))
    const { exitCode, stdout } = await run
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: status,
      stdout: expect.stringMatching(new RegExp(`client's kernel has nothing in ${name} any more\\.$`)),
    })
  })

  it.for([
    ['LAST-ACK', 'SIGINT'],
    ['CLOSING', 'SIGTERM'],
    ['TIME-WAIT', '--for'],
    ['FIN-WAIT-1', '--for'],
  ] as const)('%s: nothing is left of it after %s', async ([name, how], context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    const run = await world.handwave('reach', name, ...(how === '--for' ? ['--for', '500ms'] : []))
    if (how !== '--for') {
      await new Promise<void>(resolve => {
        run.stdout.on('data', chunk => {
          if (String(chunk).includes('nsenter')) resolve()
        })
      })
      process.kill(run.pid, how)
    }
    expect((await run.ended).exitCode).toBe(how === '--for' ? 0 : 130)
    expect(await world.left()).toEqual([])
  })

  it('is for root, and says so', async () => {
    // Nobody is mapped into the new namespace: its users are none of ours.
    const { exitCode, stdout, stderr } = await execa(
      'unshare',
      ['--user', process.execPath, LAUNCHER, 'reach', 'LISTEN'],
      {
        reject: false,
      },
    )
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
    expect(stderr).toMatch(/Only root may make hosts .*\n +Run it as root\.$/)
  })
})
