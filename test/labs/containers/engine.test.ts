import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineApi } from '../../../src/testbed/docker/engine.ts'
import { ensureHostImage } from '../../../src/testbed/docker/image.ts'
import type { RunDocument } from '../../../src/report/run-document.ts'
import { FIXTURES, handwave, LAUNCHER, ROOT } from '../../handwave.ts'
import { doesAnswer } from '../../testbed/docker/engine-answers.ts'
import { requireEngine, whyNoEngineOnMachine } from '../../testbed/docker/required.ts'
import { TestEngine } from '../../testbed/docker/test-engine.ts'

const ANSWERS = process.env['DOCKER_HOST'] !== undefined || (await doesAnswer('/var/run/docker.sock'))
const WHY_NOT = ANSWERS ? null : requireEngine(await whyNoEngineOnMachine())

/** What the engine of this machine can do, whether its kernel has netem or not. */
describe.skipIf(WHY_NOT !== null)('labs between containers', () => {
  let engine: TestEngine
  let image = ''
  const api = (): EngineApi => engine.api

  beforeAll(async () => {
    engine = await TestEngine.get()
    const { signal } = new AbortController()
    image = await ensureHostImage({ engine: engine.api, signal, onProgress: () => {} })
  })
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
  })

  it('pass where a container reads the trace', async () => {
    const { exitCode, document } = await run('lost-syn/once', 'stale-syn', 'close-wait/both-hold-on', '--trace')
    expect(document.labs.map(({ id, verdict, reasons }) => ({ id, verdict, reasons }))).toEqual(
      ['lost-syn', 'stale-syn', 'close-wait'].map(id => ({ id, verdict: 'pass', reasons: [] })),
    )
    // What is held is known of at once: a second later TCP would have sent its SYN again.
    const released = document.labs[1]?.rows.find(({ label }) => label === '6')
    expect(released?.tMs ?? Number.NaN).toBeLessThan(900)
    expect({ exitCode, kind: document.testbed.kind, time: document.testbed.time }).toEqual({
      exitCode: 0,
      kind: 'docker',
      time: 'real',
    })
  })

  it('send no flood that is more than an engine is burdened with, and count one that is not', async () => {
    const { document } = await run(
      'syn-flood-detection/cookies-when-full',
      join(FIXTURES, 'flood-of-thousands.lab.ts'),
      '--trace',
    )
    expect(document.labs.map(({ id, verdict, reasons }) => ({ id, verdict, reasons }))).toEqual([
      { id: 'syn-flood-detection', verdict: 'pass', reasons: [] },
      {
        id: 'flood-of-thousands',
        verdict: 'inconclusive',
        reasons: ['2001 segments are not sent by one host here, but at most 2000. Run it with --on kernel.'],
      },
    ])
  })

  it('say what no socket table has shown where none does, and call nothing of it a pass', async () => {
    const { document, stderr } = await run('lost-syn/once', 'lost-syn/every-time', 'stale-syn')
    for (const { verdict, reasons, rows } of document.labs) {
      expect(verdict, reasons.join(' ')).not.toBe('fail')
      if (verdict === 'pass') expect(rows.filter(({ ok }) => !ok)).toEqual([])
      else expect(reasons.join(' ')).toMatch(/--trace sees it|never seen|cannot tell/)
    }
    // Nothing that lasts for seconds escapes it.
    expect(document.labs[1]).toMatchObject({ id: 'lost-syn', case: 'every-time', verdict: 'pass' })
    expect(stderr).toMatch(/Nothing happens\. It waits for client's retransmission timer \(\d s\): 300 s at most\./)
  })

  it('that wait for a segment that nobody will send end soon', async () => {
    const { document } = await run(fixture('never-sent'))
    expect(document.labs.map(({ case: name, reasons }) => [name, ...reasons.filter(text => !isBusy(text))])).toEqual([
      ['awaited', 'Row 5: No such segment was seen.', expect.stringMatching(/waited for row 5 .* no timer runs\./)],
      ['after-goodbye', 'Row 6: No such segment was seen.'],
    ])
    for (const { verdict, reasons } of document.labs)
      expect(verdict).toBe(reasons.some(isBusy) ? 'inconclusive' : 'fail')
    // Five minutes is what a lab may wait.
    for (const { labMs } of document.labs) expect(labMs).toBeLessThan(60_000)
  })

  it('are inconclusive where their kernel cannot delay, with the reason', async context => {
    const { exitCode, document } = await run('three-way-handshake', '--trace')
    const [lab] = document.labs
    if (lab?.verdict === 'pass') context.skip("this engine's kernel has netem")
    expect({ exitCode, verdict: lab?.verdict }).toEqual({ exitCode: 3, verdict: 'inconclusive' })
    expect(lab?.reasons.join()).toMatch(/no netem.*sch_netem/)
  })

  it('are inconclusive one by one where the kernel refuses their settings, which they call as their author did', async () => {
    const { exitCode, document } = await run(fixture('settings'))
    expect({ exitCode, labs: document.labs.map(brief) }).toEqual({
      exitCode: 3,
      labs: [
        ['unknown', 'inconclusive', expect.stringContaining('net.ipv4.conf.eth0.no_such_thing = 1.')],
        ['refused', 'inconclusive', expect.stringContaining('net.ipv4.tcp_sack = perhaps.')],
        ['taken', 'pass'],
        ['for-hours', 'inconclusive', expect.stringContaining('time is real')],
      ],
    })
    const [taken, forHours] = document.labs.slice(2)
    expect(Object.entries(taken?.hosts['server']?.sysctls ?? {})).toContainEqual([
      expect.stringMatching(/^net\.ipv4\.conf\.hwd\d+h3\.accept_local$/),
      '1',
    ])
    // Nothing was set up for it.
    expect(forHours?.wallMs).toBeLessThan(500)
  })

  it('of which a container ends are inconclusive, and the next go on', async () => {
    const running = start(fixture('waits'), fixture('waits'), '--json')
    await comesTrue(async () => (await atWork()).length === 3)
    const server = (await atWork()).find(({ Names }) => Names.join().endsWith('-server'))
    await api()
      .getContainer(server?.Id ?? '')
      .kill()
    const { exitCode, stdout } = await running
    const { labs } = JSON.parse(stdout) as RunDocument
    expect({ exitCode, labs: labs.map(brief) }).toEqual({
      exitCode: 3,
      labs: [
        [
          null,
          'inconclusive',
          expect.stringMatching(/^The container handwave-.*-server has ended\. The engine answers/),
        ],
        [null, 'pass'],
      ],
    })
  })

  it('whose image is taken away say so, and what was finished before', async () => {
    const running = start(fixture('waits'), fixture('waits'), '--json')
    await comesTrue(async () => (await atWork()).length === 3)
    const { Id } = await api().getImage(image).inspect()
    await api().getImage(image).remove({ force: true })
    const { exitCode, stdout, stderr } = await running
    const [repo = '', tag = ''] = image.split(':')
    await api().getImage(Id).tag({ repo, tag })
    const sentence = `The host image ${image} was taken from the engine while labs ran.`
    expect({ exitCode, labs: (JSON.parse(stdout) as RunDocument).labs.map(brief) }).toEqual({
      exitCode: 3,
      labs: [
        [null, 'pass'],
        [null, 'inconclusive', sentence],
      ],
    })
    expect(stderr).toContain(`handwave: ${sentence}`)
  })

  it('leave hosts to look at, until they are told to end', async () => {
    const run = start('close-wait/both-hold-on', '--keep')
    const command = await said(run, /docker exec (\S+) ss -tan +# server/)
    const { stdout } = await execa('docker', ['exec', command, 'ss', '-tan'])
    expect(stdout).toMatch(/198\.18\.\d+\.\d+:5000/)
    run.kill('SIGINT')
    expect((await run).exitCode).toBe(130)
    expect(await ours()).toEqual([])
  })

  it.each([
    ['as soon as they are there', 0],
    ['while they are at work', 5000],
  ])(
    'that are killed %s leave nothing that clean does not take away, and nothing of others goes',
    async (_, waitMs) => {
      await using others = await makeOthers(api(), image)
      const before = await all()
      const killed = start('close-wait/client-lets-go')
      await comesTrue(async () => (await ours()).filter(line => line.startsWith('container')).length === 3)
      await sleep(waitMs)
      killed.kill('SIGKILL')
      await killed
      // Whoever was at work in them ends, and they with it; one that had not been started yet stays.
      await comesTrue(async () => (await api().listContainers()).every(({ Names }) => !isOurs(Names.join())))
      const { exitCode, stdout } = await handwave('clean')
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout: expect.stringContaining('removed network handwave-'),
      })
      expect(await all()).toEqual(before)
      expect(before.filter(line => line.includes(others.name))).toHaveLength(3)
    },
  )

  it('whose engine dies end at once, with a sentence, status 3 and what was finished before', async context => {
    if (ANSWERS) context.skip("the engine that answers here is not the tests' own to end")
    const running = start(fixture('waits'), 'close-wait/client-lets-go', '--json')
    await said(running, /("id":"close-wait")/)
    await comesTrue(async () => (await atWork()).length === 3)
    await sleep(2000)
    await engine[Symbol.asyncDispose]()
    const { exitCode, stdout, stderr } = await running
    const sentence = /The container .* has ended\. The engine answers no more\./
    expect({ exitCode, labs: (JSON.parse(stdout) as RunDocument).labs.map(brief) }).toEqual({
      exitCode: 3,
      labs: [
        [null, 'pass'],
        ['client-lets-go', 'inconclusive', expect.stringMatching(sentence)],
      ],
    })
    expect(stderr).toMatch(new RegExp(`^handwave: ${sentence.source}`, 'm'))
  })

  async function atWork() {
    return (await api().listContainers()).filter(({ Names }) => isOurs(Names.join()))
  }

  async function all(): Promise<string[]> {
    const [containers, networks, volumes] = await Promise.all([
      api().listContainers({ all: true }),
      api().listNetworks(),
      api().listVolumes(),
    ])
    return [
      ...containers.map(({ Names }) => `container ${Names.join()}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...volumes.Volumes.map(({ Name }) => `volume ${Name}`),
    ].sort()
  }

  async function ours(): Promise<string[]> {
    return (await all()).filter(line => isOurs(line.split(' ')[1] ?? ''))
  }
})

if (WHY_NOT !== null) it('labs between containers', context => context.skip(WHY_NOT))

describe('without an engine', () => {
  it('one sentence says so', async context => {
    if (await doesAnswer('/var/run/docker.sock')) context.skip('an engine answers where Testcontainers looks')
    const { exitCode, stderr } = await withEngineAt('unix:///nowhere/docker.sock')
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: expect.stringMatching(/^handwave: No container engine answers\.\n {2}Start Docker.*--on kernel$/),
    })
  })

  it('that takes requests, one sentence says so', async context => {
    if (await doesAnswer('/var/run/docker.sock')) context.skip('an engine answers where Testcontainers looks')
    const folder = await mkdtemp(join(tmpdir(), 'handwave-test-'))
    const server = createServer((_, answer) => answer.writeHead(500).end('{"message":"not today"}'))
    await new Promise<void>(resolve => server.listen(join(folder, 'socket'), resolve))
    try {
      const { exitCode, stderr } = await withEngineAt(`unix://${join(folder, 'socket')}`)
      expect({ exitCode, stderr }).toEqual({
        exitCode: 3,
        stderr: expect.stringMatching(/^handwave: No container engine answers\./),
      })
    } finally {
      server.close()
      await rm(folder, { recursive: true })
    }
  })
})

const fixture = (name: string) => join(FIXTURES, `${name}.lab.ts`)

function brief({ case: name, verdict, reasons }: RunDocument['labs'][number]) {
  return [name, verdict, ...reasons]
}

/** What came late makes a fail inconclusive (src/lab/lateness.ts). */
function isBusy(reason: string): boolean {
  return reason.startsWith('The machine was busy')
}

function isOurs(name: string): boolean {
  return /^\/?handwave-\d/.test(name)
}

async function run(...args: string[]) {
  const { exitCode, stdout, stderr } = await handwave('run', '--on', 'docker', '--json', ...args)
  if (stdout === '') throw new Error(stderr)
  return { exitCode, stderr, document: JSON.parse(stdout) as RunDocument }
}

function start(...args: string[]) {
  return execa(process.execPath, [LAUNCHER, 'run', '--on', 'docker', ...args], {
    cwd: ROOT,
    reject: false,
    stdin: 'ignore',
    all: true,
  })
}

async function said(run: ReturnType<typeof start>, what: RegExp): Promise<string> {
  let heard = ''
  return await new Promise((resolve, reject) => {
    run.all.on('data', chunk => {
      heard += String(chunk)
      const [, found] = what.exec(heard) ?? []
      if (found !== undefined) resolve(found)
    })
    void run.then(() => reject(new Error(`It never said it: ${heard}`)))
  })
}

async function withEngineAt(address: string) {
  return await execa(process.execPath, [LAUNCHER, 'run', 'lost-syn/once', '--on', 'docker'], {
    cwd: ROOT,
    reject: false,
    stdin: 'ignore',
    env: { DOCKER_HOST: address },
  })
}

/** A container, a network and a volume that are not ours. */
async function makeOthers(api: EngineApi, image: string) {
  const name = `others-${process.pid}`
  const volume = await api.createVolume({ Name: name })
  const network = await api.createNetwork({ Name: name, Internal: true })
  const container = await api.createContainer({ name, Image: image, Cmd: ['sleep', '600'] })
  await container.start()
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await container.remove({ force: true })
      await network.remove()
      await volume.remove()
    },
  }
}

async function comesTrue(isSo: () => Promise<boolean>): Promise<void> {
  const began = performance.now()
  while (!(await isSo())) {
    if (performance.now() - began > 30_000) throw new Error('Waited in vain.')
    await sleep(100)
  }
}
