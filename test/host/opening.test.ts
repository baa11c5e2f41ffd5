import { describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../../src/host/sockets.ts'
import { heard, type Hosts, openHosts, told } from './hosts.ts'

/** A connection that says hello as soon as it can; what the wire has heard of it up to the last of that. */
async function sayHello({ client, wire, server }: Hosts, fromPort: number, opening: Partial<ConnectOptions>) {
  const { agent, place } = client
  const near = await agent.connect({ host: server.place.address, port: 5000, fromPort, ...opening })
  await agent.write({ socket: near, text: 'hello' })
  await told(server, event => event.kind === 'received')
  await told(client, event => event.kind === 'connected' && event.socket === near)
  // Until the wire's sniffer has told all that it has heard.
  await wire.agent.counters()
  const own = heard(wire).filter(({ segment }) => segment.tcp.sourcePort === fromPort)
  expect(own.every(({ segment }) => segment.ip.source === place.address)).toBe(true)
  return own.map(({ segment: { tcp } }) => ({ seq: tcp.seq, text: Buffer.from(tcp.payload).toString() }))
}

describe('a connection begins', () => {
  it('with a number that nobody knew, and an ACK that says nothing else', async () => {
    await using hosts = await openHosts()
    await hosts.server.agent.listen({ port: 5000, backlog: 8 })
    const [syn, ...others] = await sayHello(hosts, 40_000, {})
    expect(others.map(({ text }) => text)).toEqual(['', 'hello'])
    expect(syn?.seq).not.toBe(4_294_967_293)
  })

  it('with the number that it is given', async () => {
    await using hosts = await openHosts()
    await hosts.server.agent.listen({ port: 5000, backlog: 8 })
    const sent = await sayHello(hosts, 40_000, { firstNumber: 2 ** 32 - 3 })
    expect(sent.slice(0, 3).map(({ seq }) => seq)).toEqual([4_294_967_293, 4_294_967_294, 4_294_967_294])
  })

  it('with data on its third segment, if that may wait for it', async () => {
    await using hosts = await openHosts()
    await hosts.server.agent.listen({ port: 5000, backlog: 8 })
    const sent = await sayHello(hosts, 40_000, { quickAck: false })
    expect(sent.map(({ text }) => text)).toEqual(['', 'hello'])
  })

  it('with data on its first segment, once the server has given a cookie', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    server.run('sysctl', '-qw', 'net.ipv4.tcp_fastopen=1026')
    await server.agent.listen({ port: 5000, backlog: 8 })
    const [syn] = await sayHello(hosts, 40_000, { fastOpen: true })
    expect(syn?.text).toBe('')
    server.events.length = 0
    client.events.length = 0
    const [again] = await sayHello(hosts, 40_001, { fastOpen: true })
    expect(again?.text).toBe('hello')
  })
})
