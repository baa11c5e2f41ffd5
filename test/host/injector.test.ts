import { describe, expect, it } from 'vitest'
import { HandwaveError } from '../../src/errors.ts'
import { InjectionRefused } from '../../src/host/enclosure.ts'
import { emitSegment } from '../../src/tcp/segment.ts'
import { forgedSyn } from './forged-syn.ts'
import { countSegments, eventually, type Host, type Hosts, heard, openHosts, settle, sockets } from './hosts.ts'

const FORGED = '198.19.4.7'

const base64 = (packet: Uint8Array) => Buffer.from(packet).toString('base64')
const forge = (source: string, destination: string) => base64(emitSegment(forgedSyn(source, destination)))

function refusal({ agent }: Host, packet: string): Promise<HandwaveError> {
  return refused(agent.inject({ base64: packet }))
}

async function refused(sending: Promise<unknown>): Promise<HandwaveError> {
  const thrown: unknown = await sending.then(
    () => undefined,
    error => error,
  )
  if (thrown instanceof HandwaveError) return thrown
  throw new Error('It was not refused.', { cause: thrown })
}

/** Each of what must not be. */
const BREACHES: readonly {
  readonly what: string
  readonly breach: (hosts: Hosts) => void
  readonly code: string
  readonly says: string
}[] = [
  {
    what: 'from a host with a default route',
    breach({ client, wire }) {
      client.run('ip', 'route', 'add', 'default', 'via', wire.place.address, 'dev', client.place.device, 'onlink')
    },
    code: 'INJECT_ROUTE',
    says: 'default route',
  },
  {
    what: 'from a host with a route out of the lab',
    breach({ client, wire }) {
      client.run('ip', 'route', 'add', '192.0.2.0/24', 'via', wire.place.address, 'dev', client.place.device, 'onlink')
    },
    code: 'INJECT_ROUTE',
    says: 'route out of the lab',
  },
  {
    what: 'from a host with a second interface',
    breach({ client }) {
      client.run('ip', 'link', 'add', 'second', 'type', 'veth', 'peer', 'third')
    },
    code: 'INJECT_INTERFACES',
    says: 'second',
  },
  {
    what: 'from a host whose address has been changed',
    breach({ client }) {
      client.run('ip', 'address', 'add', '198.18.203.9/32', 'dev', client.place.device)
      client.run('ip', 'address', 'del', `${client.place.address}/32`, 'dev', client.place.device)
    },
    code: 'INJECT_HOST',
    says: 'not client any more',
  },
  {
    what: 'from a host whose MAC has been changed',
    breach({ client }) {
      client.run('ip', 'link', 'set', client.place.device, 'address', '02:00:00:00:77:77')
    },
    code: 'INJECT_HOST',
    says: 'not client any more',
  },
  {
    what: "where the lab's bridge leads somewhere else",
    breach({ inBridge }) {
      inBridge('ip', 'link', 'add', 'wayout', 'type', 'veth', 'peer', 'outside')
      inBridge('ip', 'link', 'set', 'wayout', 'master', 'bridge')
    },
    code: 'INJECT_SEGMENT',
    says: 'wayout',
  },
]

describe('the injector', () => {
  it('sends a SYN from an address that nobody owns, and the server believes it', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8 })
    await client.agent.inject({ base64: forge(FORGED, server.place.address) })
    const line = await eventually(
      () => sockets(server, 'state', 'syn-recv').find(found => found.includes(FORGED)),
      'the half-open connection',
    )
    expect(line).toContain(`${FORGED}:5555`)
    const atWire = await eventually(() => heard(wire)[0], 'it at the tap')
    const atServer = await eventually(() => heard(server)[0], 'it at the server')
    const { ip, tcp } = forgedSyn(FORGED, server.place.address)
    expect(atWire.segment.tcp).toEqual(tcp)
    expect(atServer.segment).toEqual({ tcp, ip: { ...ip, ttl: ip.ttl - 1, id: atServer.segment.ip.id } })
  })

  it('sends a hundred in the order in which they were given', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const ports = Array.from({ length: 100 }, (_, index) => 1000 + index)
    await Promise.all(
      ports.map(sourcePort => {
        const packet = emitSegment(forgedSyn(FORGED, server.place.address, sourcePort))
        return client.agent.inject({ base64: base64(packet) })
      }),
    )
    await eventually(() => heard(server).length === 100, 'a hundred SYNs')
    expect(heard(server).map(({ segment }) => segment.tcp.sourcePort)).toEqual(ports)
  })

  it.each([
    ['a destination outside the lab', () => forge(FORGED, '192.0.2.1'), 'INJECT_ADDRESS'],
    ['a source outside the lab', (server: string) => forge('192.0.2.1', server), 'INJECT_ADDRESS'],
    ['the addresses just beyond', (server: string) => forge('198.20.0.1', server), 'INJECT_ADDRESS'],
    ["a destination in the labs' range that is no host", () => forge(FORGED, '198.18.200.77'), 'INJECT_ADDRESS'],
    ['a host of another lab as source', (server: string) => forge('198.18.201.2', server), 'INJECT_ADDRESS'],
    ['what is no packet', () => base64(new Uint8Array([1, 2, 3])), /^SEGMENT_/],
    ['UDP', (server: string) => base64(withByte(emitSegment(forgedSyn(FORGED, server)), 9, 17)), 'SEGMENT_NOT_TCP'],
    ['half a packet', (server: string) => base64(emitSegment(forgedSyn(FORGED, server)).subarray(0, 30)), /^SEGMENT_/],
    [
      'a packet and something more',
      (server: string) => base64(new Uint8Array([...emitSegment(forgedSyn(FORGED, server)), 0])),
      'INJECT_LENGTH',
    ],
  ])('refuses %s, and sends nothing', async (_, packet, code) => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const count = countSegments(client)
    const error = await refusal(client, packet(server.place.address))
    expect(error.code).toMatch(code)
    await settle()
    expect(count()).toEqual({ received: 0, sent: 0 })
  })

  it.each(BREACHES)('refuses to send, or to flood, $what, and sends nothing', async ({ breach, code, says }) => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const packet = forge(FORGED, server.place.address)
    const flood = { to: { address: server.place.address, port: 5000 }, segments: 10, perSecond: 1000 }
    await client.agent.inject({ base64: packet })
    await client.agent.flood(flood)
    const count = countSegments(client)
    breach(hosts)
    const errors = [await refusal(client, packet), await refused(client.agent.flood(flood))]
    for (const error of errors) {
      expect(error).toBeInstanceOf(InjectionRefused)
      expect(error.code).toBe(code)
      expect(error.message).toContain(says)
    }
    await settle()
    expect(count().sent).toBe(0)
  })

  it('stops a flood at the moment at which a way out appears', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    const count = countSegments(client)
    const flood = client.agent.flood({
      to: { address: server.place.address, port: 5000 },
      segments: 2000,
      perSecond: 1000,
    })
    flood.catch(() => {})
    await eventually(() => count().sent > 100, 'the flood')
    client.run('ip', 'route', 'add', 'default', 'via', wire.place.address, 'dev', client.place.device, 'onlink')
    expect((await refused(flood)).code).toBe('INJECT_ROUTE')
    const sent = count().sent
    expect(sent).toBeLessThan(1900)
    await settle()
    expect(count().sent).toBe(sent)
  })

  it('says what the kernel says when it cannot send', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    client.run('ip', 'route', 'del', '198.18.0.0/15')
    const error = await refusal(client, forge(FORGED, server.place.address))
    expect(error.message).toMatch(/could not be sent: Network is unreachable/)
  })
})

function withByte(packet: Uint8Array, index: number, value: number): Uint8Array {
  return packet.with(index, value)
}
