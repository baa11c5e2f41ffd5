import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { HandwaveError } from '../../src/errors.ts'
import { Enclosure, InjectionRefused } from '../../src/host/enclosure.ts'
import { flood } from '../../src/host/flood.ts'
import { Budget, limitsOf } from '../../src/host/flood-limits.ts'
import { type HostNamespace, OWN_NAMESPACE } from '../../src/host/host-namespace.ts'
import { LocalAgent } from '../../src/host/local-agent.ts'
import { NetworkNamespace } from '../../src/host/network-namespace.ts'
import { parseSegment } from '../../src/tcp/segment.ts'
import { countSegments, eventually, type Host, type Hosts, heard, openHosts, settle, sockets } from './hosts.ts'

const to = ({ place }: Host) => ({ address: place.address, port: 5000 })

async function refused(sending: Promise<unknown>): Promise<HandwaveError> {
  const thrown: unknown = await sending.then(
    () => undefined,
    error => error,
  )
  if (thrown instanceof InjectionRefused) return thrown
  throw new Error('It was not refused.', { cause: thrown })
}

describe('a flood', () => {
  it('sends as many as it is told, as fast as it is told, each from somewhere else', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const count = countSegments(client)
    const { segments, tookMs } = await client.agent.flood({ to: to(server), segments: 500, perSecond: 1000 })
    expect(segments).toBe(500)
    expect(tookMs).toBeGreaterThanOrEqual(499)
    await eventually(() => heard(server).length === 500, '500 SYNs')
    expect(count().sent).toBe(500)
    const ends = heard(server).map(({ segment: { ip, tcp } }) => `${ip.source}:${tcp.sourcePort}`)
    expect(new Set(ends).size).toBe(500)
    expect(ends.filter(end => !end.startsWith('198.19.'))).toEqual([])
    const parsed = heard(server).map(({ base64 }) => parseSegment(Buffer.from(base64, 'base64')))
    expect(parsed.filter(({ ipChecksumOk, tcpChecksumOk }) => !ipChecksumOk || !tcpChecksumOk)).toEqual([])
    expect(new Set(parsed.map(({ segment }) => segment.tcp.flags.join()))).toEqual(new Set(['SYN']))
  })

  it('fills the queue of who listens', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8 })
    await client.agent.flood({ to: to(server), segments: 20, perSecond: 1000 })
    await eventually(() => sockets(server, 'state', 'syn-recv').length === 9, 'nine half-open connections')
  })

  it('ends when its host goes', async () => {
    const hosts = await openHosts()
    const flooding = hosts.client.agent.flood({ to: to(hosts.server), segments: 20_000, perSecond: 1000 })
    await settle()
    await hosts[Symbol.asyncDispose]()
    expect((await flooding).segments).toBeLessThan(2000)
  })

  it('ends when its time is over, whatever is left', async () => {
    await using hosts = await openHosts({}, { sniff: false })
    const { client, server } = hosts
    const count = countSegments(client)
    using namespace = new NetworkNamespace(client.namespace)
    const means = meansOf(hosts, namespace, 'bridge')
    const budget = new Budget({ segments: 400_000, perSecond: 1_000_000, ms: 400 })
    const { segments, tookMs } = await flood(
      { to: to(server), segments: 400_000, perSecond: 1_000_000 },
      { ...means, budget },
    )
    expect(tookMs).toBeLessThan(2000)
    expect(segments).toBeLessThan(400_000)
    await settle()
    expect(count().sent).toBe(segments)
  })
})

describe('as fast as it can', () => {
  it('a flood keeps up with hping3 --flood, in the same hosts', async context => {
    if (spawnSync('hping3', ['--version']).error) context.skip('hping3 is not installed: apt-get install hping3')
    await using hosts = await openHosts({}, { sniff: false })
    const { client, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 128 })
    using namespace = new NetworkNamespace(client.namespace)
    const ours = () => {
      const budget = new Budget({ segments: 1_000_000, perSecond: 1_000_000, ms: SAMPLE_MS + 400 })
      const options = { to: to(server), segments: 400_000, perSecond: 1_000_000 }
      return flood(options, { ...meansOf(hosts, namespace, 'bridge'), budget })
    }
    const theirs = () => {
      const hping = ['hping3', '--flood', '-q', '-S', '-p', '5000', '-a', '198.19.4.7', server.place.address]
      const command = ['netns', 'exec', client.namespace, 'timeout', `${(SAMPLE_MS + 400) / 1000}`, ...hping]
      return execa('ip', command, { reject: false })
    }
    const pairs: number[] = []
    for (let pair = 0; pair < 5; pair++) pairs.push((await rateOf(ours, client)) / (await rateOf(theirs, client)))
    console.log(`beside hping3 --flood: ${pairs.map(ratio => ratio.toFixed(2)).join(' ')}`)
    expect(pairs.sort((a, b) => a - b)[2]).toBeGreaterThanOrEqual(0.9)
  })
})

const SAMPLE_MS = 1000

/** Segments a second that leave a host, by its device's count, in the midst of it. */
async function rateOf(start: () => Promise<unknown>, { agent }: Host): Promise<number> {
  const left = async () => (await agent.counters()).counters.left
  const flooding = start()
  await sleep(200)
  const [before, beganMs] = [await left(), performance.now()]
  await sleep(SAMPLE_MS)
  const rate = ((await left()) - before) / ((performance.now() - beganMs) / 1000)
  await flooding
  return rate
}

describe('a flood that goes too far', () => {
  it.each([
    ['too many', { segments: 2_000_001, perSecond: 1_000_000 }],
    ['too fast', { segments: 10, perSecond: 1_000_001 }],
    ['too long', { segments: 6100, perSecond: 100 }],
    ['none', { segments: 0, perSecond: 100 }],
    ['no number of them', { segments: Number.NaN, perSecond: 100 }],
    ['for ever', { segments: 10, perSecond: 0 }],
  ])('%s: not one is sent', async (_, options) => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const count = countSegments(client)
    expect((await refused(client.agent.flood({ to: to(server), ...options }))).code).toBe('INJECT_LIMIT')
    await settle()
    expect(count().sent).toBe(0)
  })

  it('no more than 2,000 in all where the bridge is out of sight, as between containers', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await using agent = await agentIn(hosts, null)
    const count = countSegments(client)
    for (const options of [
      { segments: 2001, perSecond: 1000 },
      { segments: 10, perSecond: 1001 },
      { segments: 1100, perSecond: 100 },
    ])
      expect((await refused(agent.flood({ to: to(server), ...options }))).code).toBe('INJECT_LIMIT')
    await settle()
    expect(count().sent).toBe(0)
    await agent.flood({ to: to(server), segments: 1500, perSecond: 1000 })
    expect((await refused(agent.flood({ to: to(server), segments: 501, perSecond: 1000 }))).message).toContain('2001')
    await settle()
    expect(count().sent).toBe(1500)
  })
})

describe("the machine's own interfaces", () => {
  it('carry no frame of a lab during a flood', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 128 })
    const seen = await captured(async () => {
      await client.agent.flood({ to: to(server), segments: 5000, perSecond: 10_000 })
    })
    expect(seen).toEqual(['127.0.0.1'])
    expect(heard(server).length).toBe(5000)
  })

  it('are nothing that a flood is sent by', async () => {
    await using hosts = await openHosts()
    const means = meansOf(hosts, OWN_NAMESPACE, 'bridge')
    const seen = await captured(async () => {
      const error = await refused(flood({ to: to(hosts.server), segments: 10, perSecond: 1000 }, means))
      expect(error.code).toBe('INJECT_MACHINE')
    })
    expect(seen).toEqual(['127.0.0.1'])
  })
})

function meansOf({ client, wire, server }: Hosts, namespace: HostNamespace, bridge: string | null) {
  const surroundings = { hosts: [wire.place, client.place, server.place], bridge: bridge && besides(client, bridge) }
  const enclosure = new Enclosure(namespace, client.place, surroundings)
  return {
    namespace,
    enclosure,
    budget: new Budget(limitsOf(surroundings)),
    signal: new AbortController().signal,
    told: null,
  }
}

/** Another agent in the client's host. */
async function agentIn({ client, wire, server }: Hosts, bridge: string | null) {
  const agent = new LocalAgent(new NetworkNamespace(client.namespace), () => {}, new AbortController().signal)
  const surroundings = { hosts: [wire.place, client.place, server.place], bridge: bridge && besides(client, bridge) }
  await agent.setUp({
    self: client.place,
    kind: 'endpoint',
    surroundings,
    sysctls: {},
    traceMarker: null,
    isTraced: true,
  })
  return agent
}

function besides({ namespace }: Host, name: string): string {
  return namespace.replace(/client$/, name)
}

/** Who sent what a capture of all of the machine's own interfaces has seen meanwhile, of labs and of one packet of ours. */
async function captured(during: () => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-capture-'))
  const file = join(folder, 'any.pcapng')
  try {
    const filter = `net 198.18.0.0/15 or (udp and dst port ${CONTROL_PORT})`
    const capture = execa('dumpcap', ['-q', '-i', 'any', '-f', filter, '-w', file], { reject: false, timeout: 30_000 })
    let said = ''
    capture.stderr.on('data', chunk => {
      said += String(chunk)
    })
    await eventually(() => said.includes('File:'), 'the capture to begin')
    await settle()
    await during()
    await toOurselves()
    // It looks twice a second what has come.
    await sleep(1200)
    capture.kill('SIGINT')
    await capture
    const { stdout } = await execa('tshark', ['-r', file, '-T', 'fields', '-e', 'ip.src'])
    return [...new Set(stdout.split('\n').filter(line => line !== ''))]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Shows that the capture sees what there is. */
async function toOurselves(): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise(resolve => socket.send('hello', CONTROL_PORT, '127.0.0.1', resolve))
  socket.close()
}

const CONTROL_PORT = 9
