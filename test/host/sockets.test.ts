import { describe, expect, it } from 'vitest'
import { connected, eventually, type Hosts, openHosts, settle, sockets, tcpCounter, told } from './hosts.ts'

const received = ({ events }: Hosts['server'], socket: number) =>
  events
    .filter(event => event.kind === 'received')
    .filter(event => event.socket === socket)
    .map(({ text }) => text)
    .join('')

/** What waits in the kernel for a program to read it: ss's Recv-Q. */
const waiting = (host: Hosts['server']) =>
  Number(sockets(host, 'state', 'established')[0]?.trim().split(/\s+/)[0] ?? Number.NaN)

describe('a paused socket', () => {
  it('leaves every byte in the kernel, until it is resumed', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const [near, far] = await connected(hosts)
    await client.agent.write({ socket: near, text: 'before' })
    await eventually(() => received(server, far) === 'before', 'the first bytes')
    await server.agent.pause({ socket: far })
    await client.agent.write({ socket: near, text: 'x'.repeat(1000) })
    await client.agent.write({ socket: near, text: 'y'.repeat(1000) })
    await eventually(() => waiting(server) === 2000, 'two thousand bytes in the receive queue')
    await settle()
    expect(waiting(server)).toBe(2000)
    expect(received(server, far)).toBe('before')
    await server.agent.resume({ socket: far })
    await eventually(() => received(server, far).length === 2006, 'all of it')
    expect(waiting(server)).toBe(0)
    await server.agent.pause({ socket: far })
    await client.agent.write({ socket: near, text: 'again' })
    await eventually(() => waiting(server) === 5, 'bytes in the receive queue, again')
    await server.agent.resume({ socket: far })
    await eventually(() => received(server, far).endsWith('again'), 'the last of it')
  })

  it('closes its window, and opens it again', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const [near, far] = await connected(hosts)
    await server.agent.pause({ socket: far })
    const many = 'z'.repeat(8_000_000)
    await client.agent.write({ socket: near, text: many })
    await eventually(() => tcpCounter(server, 'TcpExtTCPToZeroWindowAdv') > 0, 'a window of zero')
    expect(received(server, far)).toBe('')
    await server.agent.resume({ socket: far })
    await eventually(() => received(server, far).length === many.length, 'all eight megabytes')
  })

  it('may be so from the start', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8, paused: true })
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await client.agent.write({ socket: near, text: 'early' })
    const accepted = await told(server, event => event.kind === 'accepted')
    await eventually(() => waiting(server) === 5, 'bytes in the receive queue')
    if (accepted.kind !== 'accepted') throw new Error('not accepted')
    expect(received(server, accepted.socket)).toBe('')
    await server.agent.resume({ socket: accepted.socket })
    await eventually(() => received(server, accepted.socket) === 'early', 'them')
  })

  it('may be so before it is connected', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    await wire.agent.cut(null)
    await server.agent.listen({ port: 5000, backlog: 8 })
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await client.agent.pause({ socket: near })
    await wire.agent.mend()
    const accepted = await told(server, event => event.kind === 'accepted')
    if (accepted.kind !== 'accepted') throw new Error('not accepted')
    await server.agent.write({ socket: accepted.socket, text: 'hello' })
    await eventually(() => waiting(client) === 5, 'bytes in the receive queue')
    await client.agent.resume({ socket: near })
    await eventually(() => received(client, near) === 'hello', 'them')
  })

  it('is no call that the trace would be told of', async () => {
    await using hosts = await openHosts()
    const [, far] = await connected(hosts)
    const calls = () => hosts.server.events.filter(event => event.kind === 'call').length
    const before = calls()
    await hosts.server.agent.pause({ socket: far })
    await hosts.server.agent.resume({ socket: far })
    expect(calls()).toBe(before)
  })
})

describe('a socket', () => {
  it('is kept alive as it is told, and as the sysctls have the rest', async () => {
    await using hosts = await openHosts()
    const { client, wire } = hosts
    const [near] = await connected(hosts)
    expect(sockets(client, '--options', 'state', 'established')[0]).not.toContain('keepalive')
    await client.agent.keepAlive({ socket: near })
    expect(sockets(client, '--options', 'state', 'established')[0]).toMatch(/timer:\(keepalive,(119|120)min/)
    await client.agent.keepAlive({ socket: near, initialDelayMs: 1000 })
    await wire.agent.cut(null)
    await eventually(() => tcpCounter(client, 'TcpExtTCPKeepAlive') > 0, 'a probe')
    // Unanswered, it is followed by another in net.ipv4.tcp_keepalive_intvl seconds.
    expect(sockets(client, '--options', 'state', 'established')[0]).toMatch(/timer:\(keepalive,1min1[45]sec,/)
    await client.agent.keepAlive({ socket: near, initialDelayMs: 1000, intervalMs: 1000, probes: 1 })
    await told(client, event => event.kind === 'failed' && event.code === 'ETIMEDOUT')
  })

  it.each([
    ['waits for an acknowledgement before it says more (Nagle)', false, 'a'],
    ['says every little thing at once, if it is told to', true, 'abcd'],
  ])('%s', async (_, noDelay, expected) => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    const [near, far] = await connected(hosts)
    await settle()
    await wire.agent.cut({ from: server.place.address, to: client.place.address })
    if (noDelay) await client.agent.noDelay({ socket: near })
    for (const text of ['a', 'b', 'c', 'd']) await client.agent.write({ socket: near, text })
    await settle()
    expect(received(server, far)).toBe(expected)
  })

  it.each([
    [true, 'CLOSE-WAIT'],
    [false, ''],
  ])('with allowHalfOpen %s answers a FIN by itself, or not', async (allowHalfOpen, state) => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8, allowHalfOpen })
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await told(server, event => event.kind === 'accepted')
    await client.agent.end({ socket: near })
    await told(server, event => event.kind === 'ended')
    await settle()
    expect(
      sockets(server, 'state', 'connected')
        .map(line => line.split(/\s+/)[0])
        .join(),
    ).toBe(state)
    // That it closes is told like any other close.
    const calls = server.events.flatMap(event => (event.kind === 'call' ? [event.call] : []))
    expect(calls).toEqual(['listen', 'accept', ...(allowHalfOpen ? [] : ['end'])])
  })

  it('that is still connecting is half-closed at once, by which Linux ends it', async () => {
    await using hosts = await openHosts()
    const { client, server, wire } = hosts
    await wire.agent.cut(null)
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await client.agent.end({ socket: near })
    expect(sockets(client)).toEqual([])
  })

  it('that is still connecting is aborted at once, and says nothing', async () => {
    await using hosts = await openHosts()
    const { client, server, wire } = hosts
    await wire.agent.cut(null)
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    expect(sockets(client)[0]).toMatch(/^SYN-SENT/)
    await client.agent.reset({ socket: near })
    await told(client, event => event.kind === 'closed')
    expect(sockets(client)).toEqual([])
    expect(tcpCounter(client, 'TcpOutRsts')).toBe(0)
  })

  it('tells what has befallen it, once, where its program has not been told', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const [near, far] = await connected(hosts)
    await server.agent.pause({ socket: far })
    expect(await server.agent.error({ socket: far })).toBeNull()
    await client.agent.reset({ socket: near })
    await eventually(() => tcpCounter(server, 'TcpEstabResets') > 0, 'the reset')
    expect(await server.agent.error({ socket: far })).toBe('ECONNRESET')
    expect(await server.agent.error({ socket: far })).toBeNull()
  })
})

describe('a listener', () => {
  it.each([
    [true, null],
    [false, 'EADDRINUSE'],
  ])('with reuseAddress %s shares its port with a TIME_WAIT, or not', async (reuseAddress, error) => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const listener = await server.agent.listen({ port: 5000, backlog: 8 })
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    const accepted = await told(server, event => event.kind === 'accepted')
    if (accepted.kind !== 'accepted') throw new Error('not accepted')
    await server.agent.unlisten({ listener })
    await server.agent.end({ socket: accepted.socket })
    await told(client, event => event.kind === 'ended')
    await client.agent.end({ socket: near })
    await eventually(() => sockets(server, 'state', 'time-wait').length === 1, 'TIME_WAIT')
    const again = server.agent.listen({ port: 5000, backlog: 8, reuseAddress }).then(
      () => null,
      (failure: { code: string }) => failure.code,
    )
    expect(await again).toBe(error)
  })

  it('without reuseAddress listens where nothing is in its way', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8, reuseAddress: false })
    await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await told(server, event => event.kind === 'accepted')
  })
})
