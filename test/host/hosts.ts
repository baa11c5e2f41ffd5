import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from '../../src/host/agent.ts'
import type { AgentEvent } from '../../src/host/agent-events.ts'
import type { Link } from '../../src/host/netem.ts'
import type { HostPlace } from '../../src/host/network.ts'
import { parseSegment, type Segment } from '../../src/tcp/segment.ts'
import { openNetns } from '../../src/testbed/netns/netns.ts'

/** A host of this test's own, and other eyes on it than handwave's. */
export interface Host {
  readonly place: HostPlace
  readonly agent: Agent
  readonly events: AgentEvent[]
  /** The name of its namespace. */
  readonly namespace: string
  /** Runs a program in the host's namespace, and gives what it prints. */
  run: (program: string, ...args: string[]) => string
}

export interface Hosts extends AsyncDisposable {
  readonly wire: Host
  readonly client: Host
  readonly server: Host
  /** Runs a program in the namespace of the bridge between them. */
  readonly inBridge: Host['run']
}

let opened = 0

/** Client, wire and server as namespaces of the kernel that this runs on. */
export async function openHosts(link: Link = {}, { sniff = true } = {}): Promise<Hosts> {
  const tag = `hwt${(process.pid % 36 ** 2).toString(36)}${(opened++).toString(36)}`
  const events = new Map<string, AgentEvent[]>(['wire', 'client', 'server'].map(name => [name, []]))
  await using undo = new AsyncDisposableStack()
  undo.use(borrowTracefs())
  const testbed = undo.use(
    await openNetns(
      { endpoints: ['client', 'server'].map(name => ({ name, sysctls: {} })), link },
      { kind: 'netns', tag, number: 200, onEvent: (host, event) => events.get(host)?.push(event) },
    ),
  )
  const runIn =
    (name: string): Host['run'] =>
    (program, ...args) =>
      execFileSync('ip', ['netns', 'exec', `${tag}-${name}`, program, ...args], { encoding: 'utf8', timeout: 10_000 })
  const host = (name: string): Host => {
    const found = [testbed.wire, ...testbed.endpoints].find(({ place }) => place.name === name)
    if (!found) throw new Error(`no host ${name}`)
    return {
      place: found.place,
      agent: found.agent,
      events: events.get(name) ?? [],
      namespace: `${tag}-${name}`,
      run: runIn(name),
    }
  }
  const hosts = { wire: host('wire'), client: host('client'), server: host('server') }
  if (sniff) for (const { agent } of Object.values(hosts)) await agent.sniff({})
  const remains = undo.move()
  return { ...hosts, inBridge: runIn('bridge'), [Symbol.asyncDispose]: () => remains.disposeAsync() }
}

const PORT = 5000

/** An established connection, by the numbers of its two sockets. */
export async function connected({ client, server }: Hosts, fromPort = 40_000): Promise<[near: number, far: number]> {
  await server.agent.listen({ port: PORT, backlog: 8 })
  const near = await client.agent.connect({ host: server.place.address, port: PORT, fromPort })
  await told(client, event => event.kind === 'connected' && event.socket === near)
  const accepted = await told(server, event => event.kind === 'accepted')
  return [near, (accepted as Extract<AgentEvent, { kind: 'accepted' }>).socket]
}

/** Waits, for two seconds at most, until the host has told of something like this. */
export async function told(host: Host, isMeant: (event: AgentEvent) => boolean): Promise<AgentEvent> {
  return eventually(() => host.events.find(isMeant), `an event of ${host.place.name}`)
}

/** Waits, for two seconds at most, until there is something. */
export async function eventually<T>(find: () => T | undefined | false, what: string): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = find()
    if (found !== undefined && found !== false) return found
    await sleep(10)
  }
  throw new Error(`waited in vain for ${what}`)
}

/** Long enough, between namespaces of one kernel, for everything to have arrived that ever will. */
export async function settle(): Promise<void> {
  await sleep(100)
}

export interface Heard {
  readonly base64: string
  readonly segment: Segment
}

/** What the host's own sniffer has told: at the wire all that leaves, at an endpoint all that arrives. */
export function heard(host: Host): Heard[] {
  return host.events
    .filter(event => event.kind === 'packet')
    .map(({ base64 }) => ({ base64, segment: parseSegment(Buffer.from(base64, 'base64')).segment }))
}

/**
 * TCP packets between the host's device and whatever handwave has put above it, counted from now on. (The device's own
 * count has the bridge's multicast in it.)
 */
export function countSegments({ run, place }: Host): () => { received: number; sent: number } {
  const device = `device "${place.device}"`
  run(
    'nft',
    [
      'add table netdev watch',
      'add counter netdev watch received; add counter netdev watch sent',
      `add chain netdev watch in { type filter hook ingress ${device} priority -500; }`,
      `add chain netdev watch out { type filter hook egress ${device} priority 500; }`,
      'add rule netdev watch in ip protocol tcp counter name received',
      'add rule netdev watch out ip protocol tcp counter name sent',
    ].join('; '),
  )
  const packets = (name: string) =>
    Number(/packets (\d+)/.exec(run('nft', 'list', 'counter', 'netdev', 'watch', name))?.[1])
  return () => ({ received: packets('received'), sent: packets('sent') })
}

/** One of TCP's own counters, as iproute2's nstat reads it from the kernel. */
export function tcpCounter({ run }: Host, name: string): number {
  const counters = JSON.parse(run('nstat', '--json', '--zeros', '--ignore', '--noupdate')) as {
    kernel: Record<string, number>
  }
  return counters.kernel[name] ?? Number.NaN
}

/** The lines of ss(8) for TCP, without its heading. */
export function sockets({ run }: Host, ...args: string[]): string[] {
  return run('ss', '--tcp', '--all', '--numeric', '--no-header', ...args)
    .split('\n')
    .filter(line => line.trim() !== '')
}

/** Mounted for as long as it is needed, where nobody else has done so. */
function borrowTracefs(): Disposable {
  const tracing = '/sys/kernel/tracing'
  if (existsSync(`${tracing}/instances`)) return { [Symbol.dispose]() {} }
  execFileSync('mount', ['-t', 'tracefs', 'tracefs', tracing])
  return { [Symbol.dispose]: () => void execFileSync('umount', [tracing]) }
}
