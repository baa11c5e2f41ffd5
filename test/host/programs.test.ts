import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AgentEvent } from '../../src/host/agent-events.ts'
import { eventually, type Host, openHosts, settle, sockets, told } from './hosts.ts'

const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** By its own path: what is first on PATH may be somebody's wrapper. */
const PYTHON = '/usr/bin/python3'

const ECHO = `
import os, socket
listener = socket.create_server((os.environ['HOST'], int(os.environ['PORT'])))
print('listening', flush=True)
while True:
    connection, peer = listener.accept()
    while data := connection.recv(1000):
        connection.sendall(data.upper())
    connection.close()
`

const startScript = (host: Host, script: string, environment: Record<string, string> = {}) =>
  host.agent.start({ command: [PYTHON, '-c', script], environment, folder })

async function startEcho(host: Host): Promise<number> {
  const program = await startScript(host, ECHO, { HOST: host.place.address, PORT: '5000' })
  await told(host, event => event.kind === 'program-said' && event.text.includes('listening'))
  return program
}

const said = ({ events }: Host, stream = 'stdout') =>
  events
    .filter(event => event.kind === 'program-said')
    .filter(event => event.stream === stream)
    .map(({ text }) => text)
    .join('')

const ended = (host: Host, program: number) =>
  told(host, event => event.kind === 'program-ended' && event.program === program)

const isAlive = (pid: number) => {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'latin1') : 'State:\tX'
  return !/^State:\s+[XZ]/m.test(status)
}

describe('a program in a host', () => {
  it('is the Node that runs handwave, if it is named node', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const command = ['node', '--print', 'process.execPath']
    const program = await server.agent.start({ command, environment: {}, folder })
    await ended(server, program)
    expect(said(server)).toBe(`${process.execPath}\n`)
  })

  it('answers there', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await startEcho(server)
    const socket = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await client.agent.write({ socket, text: 'hello' })
    expect(await told(client, event => event.kind === 'received')).toMatchObject({ text: 'HELLO' })
    expect(sockets(server, '--processes').join()).toMatch(/LISTEN.*python3/)
  })

  it('does nothing while it is stopped, and goes on where it was', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const program = await startEcho(server)
    await server.agent.signal({ program, signal: 'STOP' })
    const socket = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await client.agent.write({ socket, text: 'hello' })
    await settle()
    // The kernel has opened the connection; nobody has taken it, nor what came by it.
    expect(sockets(server, 'state', 'listening')[0]).toMatch(/^1 /)
    expect(client.events.some(event => event.kind === 'received')).toBe(false)
    await server.agent.signal({ program, signal: 'CONT' })
    await told(client, event => event.kind === 'received')
    expect(sockets(server, 'state', 'listening')[0]).toMatch(/^0 /)
  })

  it('has the environment, the folder and the input that it was given, and no more', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const script = 'import os, sys; print(sorted(os.environ), os.getcwd(), os.environ["PEER"], sys.stdin.read())'
    // LC_CTYPE is Python's own. By the runner's name it is known wherever it may go (stragglers.ts).
    const program = await startScript(server, script, { PEER: 'client', LC_ALL: 'C.UTF-8' })
    await server.agent.feed({ program, text: 'fed ' })
    await server.agent.feed({ program, text: 'twice', isLast: true })
    expect(await ended(server, program)).toMatchObject({ status: 0, signal: null })
    expect(said(server)).toBe(`['HANDWAVE_RUNNER', 'LC_ALL', 'PATH', 'PEER'] ${folder} client fed twice\n`)
  })

  it("has none of the harness's files open, raw sockets least of all", async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(
      server,
      'import os; print([os.readlink(f"/proc/self/fd/{n}") for n in range(3, 200) if os.path.lexists(f"/proc/self/fd/{n}")])',
    )
    await ended(server, program)
    expect(said(server)).toBe('[]\n')
  })

  it('is heard on both streams, and its end is told after its last words', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(server, 'import sys; print("näh"); print("oh", file=sys.stderr); sys.exit(3)')
    expect(await ended(server, program)).toMatchObject({ status: 3, signal: null })
    expect([said(server), said(server, 'stderr')]).toEqual(['näh\n', 'oh\n'])
    expect(server.events.at(-1)?.kind).toBe('program-ended')
  })

  it('is listened to for a megabyte, and runs on', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(server, 'print("x" * 3_000_000, flush=True); print("y" * 3_000_000)')
    expect(await ended(server, program)).toMatchObject({ status: 0 })
    expect(said(server)).toBe('x'.repeat(2 ** 20))
    expect(server.events.filter(event => event.kind === 'program-muted')).toEqual([
      { kind: 'program-muted', program, keptBytes: 2 ** 20 },
    ])
  })

  it.each<[string, () => string[], RegExp]>([
    ['a program that is not there', () => ['no-such-program'], /no-such-program cannot be started: there is no such/],
    ['a file that is no program', () => [script('data', 'x', 0o644)], /not executable/],
    ['a script for nobody', () => [script('orphan', '#!/no/such/interpreter\n', 0o755)], /#!/],
    ['nothing', () => [], /cannot be started/],
  ])('is not started if it is %s', async (_, command, message) => {
    await using hosts = await openHosts()
    const starting = hosts.server.agent.start({ command: command(), environment: {}, folder })
    await expect(starting).rejects.toThrow(message)
  })

  it('is not started where there is no folder', async () => {
    await using hosts = await openHosts()
    const starting = hosts.server.agent.start({ command: ['true'], environment: {}, folder: '/no/such/folder' })
    await expect(starting).rejects.toThrow('true cannot be started: there is no folder /no/such/folder')
  })

  it('takes its children with it when it ends', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(server, CHILD)
    const child = await pidSaid(server)
    expect(isAlive(child)).toBe(true)
    await server.agent.signal({ program, signal: 'TERM' })
    expect(await ended(server, program)).toMatchObject({ signal: 'SIGTERM' })
    await eventually(() => !isAlive(child), "the child's end")
    await expect(server.agent.signal({ program, signal: 'TERM' })).rejects.toThrow(/ended already/)
  })

  it('that goes by itself leaves nobody behind', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(server, CHILD.replace('time.sleep(1000)', ''))
    const child = await pidSaid(server)
    expect(await ended(server, program)).toMatchObject({ status: 0 })
    await eventually(() => !isAlive(child), "the child's end")
  })

  it('is stopped once it has been told to stop', async () => {
    await using hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(server, 'import os\nprint(os.getpid(), flush=True)\nwhile True: pass')
    const pid = await pidSaid(server)
    for (let round = 0; round < 50; round++) {
      await server.agent.signal({ program, signal: 'STOP' })
      expect(readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[2]).toBe('T')
      await server.agent.signal({ program, signal: 'CONT' })
    }
  })

  it('ends with its host, stopped or not', async () => {
    const hosts = await openHosts()
    const { server } = hosts
    const program = await startScript(server, CHILD)
    const child = await pidSaid(server)
    await server.agent.signal({ program, signal: 'STOP' })
    await hosts[Symbol.asyncDispose]()
    await eventually(() => !isAlive(child), "the child's end")
    expect(server.events.at(-1)).toMatchObject({ kind: 'program-ended', signal: 'SIGKILL' })
  })

  it('does not outlive a harness that is killed', async () => {
    await using hosts = await openHosts()
    const namespace = `${hosts.server.place.device.replace(/h\d+$/, '')}-server`
    using harness = startHarness(namespace, folder, PYTHON, '-c', CHILD)
    const child = await harness.pid
    expect(isAlive(child)).toBe(true)
    harness.kill()
    await eventually(() => !isAlive(child), "the child's end")
    expect(execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })).toBe('')
  })
})

const CHILD = `
import subprocess, time
print(subprocess.Popen(['sleep', '1000']).pid, flush=True)
time.sleep(1000)
`

/** The harness as a process of its own, that can be killed. */
function startHarness(...args: string[]) {
  const harness = spawn(process.execPath, [join(import.meta.dirname, 'harness.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => void harness.kill('SIGKILL')
  const pid = new Promise<number>((resolve, reject) => {
    harness.stdout.once('data', text => resolve(Number(text)))
    harness.once('exit', () => reject(new Error('The harness ended before its program said anything.')))
  })
  return { pid, kill, [Symbol.dispose]: kill }
}

async function pidSaid(host: Host): Promise<number> {
  const event = await told(host, ({ kind }) => kind === 'program-said')
  return Number((event as Extract<AgentEvent, { kind: 'program-said' }>).text)
}

function script(name: string, text: string, mode: number): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  return path
}
