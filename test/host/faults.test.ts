import { describe, expect, it } from 'vitest'
import { emitSegment } from '../../src/tcp/segment.ts'
import { connected, countSegments, eventually, heard, openHosts, settle, sockets, told } from './hosts.ts'

describe('a segment that is held', () => {
  it('is told by the tap, never reaches the other host, and arrives when it is sent again', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8 })
    await wire.agent.hold({ from: client.place.address, to: server.place.address, exactly: ['SYN'], nth: 1 })
    const count = countSegments(server)
    await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    const held = await eventually(() => heard(wire)[0], 'the SYN at the tap')
    expect(held.segment.tcp.flags).toEqual(['SYN'])
    await settle()
    expect(count()).toEqual({ received: 0, sent: 0 })
    expect(wire.run('nft', 'list', 'chain', 'ip', 'handwave', 'losses')).toMatch(/mark 0x0+62 counter packets 1 /)
    expect(sockets(server).join()).not.toContain('SYN-RECV')

    // Before the client sends it again by itself, after a second.
    await wire.agent.inject({ base64: Buffer.from(emitSegment(held.segment)).toString('base64') })
    await eventually(() => sockets(client).some(line => line.startsWith('ESTAB')), 'the connection')
    expect(heard(wire).filter(({ segment }) => segment.tcp.flags.join() === 'SYN')).toHaveLength(1)
    const arrived = await eventually(() => heard(server)[0], 'the SYN at the server')
    expect(arrived.segment).toEqual({ ...held.segment, ip: { ...held.segment.ip, ttl: 63 } })
  })

  it('is the nth, and the others pass', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    await wire.agent.hold({ from: client.place.address, to: server.place.address, exactly: ['ACK'], nth: 3 })
    const [near] = await connected(hosts)
    await client.agent.noDelay({ socket: near })
    for (const text of ['one', 'two', 'three']) {
      await client.agent.write({ socket: near, text })
      await settle()
    }
    const texts = (packets: ReturnType<typeof heard>) =>
      packets.map(({ segment }) => Buffer.from(segment.tcp.payload).toString()).filter(text => text !== '')
    expect(texts(heard(wire)).slice(0, 3)).toEqual(['one', 'two', 'three'])
    // The first ACK is the handshake's. The third, 'two', comes only when it is sent again.
    expect(texts(heard(server)).indexOf('three')).toBeLessThan(texts(heard(server)).indexOf('two') >>> 0)
  })

  it('is held, even if it is to be lost as well', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    const pattern = { from: client.place.address, to: server.place.address, exactly: ['SYN'], nth: 1 } as const
    await wire.agent.hold(pattern)
    await wire.agent.lose(pattern)
    await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await settle()
    const losses = wire.run('nft', 'list', 'chain', 'ip', 'handwave', 'losses')
    expect(losses).toMatch(/mark 0x0+62 counter packets 1 /)
    expect(losses).toMatch(/mark 0x0+63 counter packets 0 /)
  })
})

describe('a segment that is refused', () => {
  it('is lost, and its sender is told that there is no way', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    await server.agent.listen({ port: 5000, backlog: 8 })
    const pattern = { from: client.place.address, to: server.place.address, exactly: ['SYN'], nth: 1 } as const
    await wire.agent.refuse(pattern)
    await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await told(client, event => event.kind === 'failed' && event.code === 'EHOSTUNREACH')
    expect(heard(server)).toEqual([])
    await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_001 })
    await told(client, event => event.kind === 'connected')
  })
})

describe('a wire that is cut', () => {
  it('in one direction lets the other pass, until it is mended', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    const [near, far] = await connected(hosts)
    const toServer = { from: client.place.address, to: server.place.address }
    await wire.agent.cut(toServer)
    await wire.agent.cut(toServer)
    const count = countSegments(server)
    await client.agent.write({ socket: near, text: 'unheard' })
    await settle()
    expect(count()).toEqual({ received: 0, sent: 0 })

    await server.agent.write({ socket: far, text: 'heard' })
    await eventually(
      () => client.events.some(event => event.kind === 'received' && event.text === 'heard'),
      'what the server says',
    )
    await wire.agent.mend()
    await wire.agent.mend()
    await eventually(
      () => server.events.some(event => event.kind === 'received' && event.text === 'unheard'),
      'what the client said',
    )
  })

  it('lets nothing pass in any', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    const [near, far] = await connected(hosts)
    await settle()
    const counts = [countSegments(client), countSegments(server)]
    await wire.agent.cut(null)
    await client.agent.write({ socket: near, text: 'one' })
    await server.agent.write({ socket: far, text: 'other' })
    await settle()
    expect(counts.map(count => count().received)).toEqual([0, 0])
    expect(counts.every(count => count().sent > 0)).toBe(true)
    expect(heard(wire).filter(({ segment }) => segment.tcp.payload.length > 0).length).toBeGreaterThanOrEqual(2)
  })
})
