import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { connected, countSegments, eventually, openHosts, settle, sockets, tcpCounter, told } from './hosts.ts'

describe('a silent host', () => {
  it('neither hears nor is heard, and speaks again', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const [near, far] = await connected(hosts)
    await settle()
    const counts = [countSegments(client), countSegments(server)]
    const before = tcpCounter(client, 'TcpInSegs')
    await client.agent.silence()
    await client.agent.silence()
    await client.agent.write({ socket: near, text: 'from me' })
    await server.agent.write({ socket: far, text: 'to me' })
    await settle()
    const [ofClient, ofServer] = counts.map(count => count())
    expect(ofClient?.sent).toBe(0)
    expect(ofServer?.received).toBe(0)
    // It comes as far as the device, and no further.
    expect(ofClient?.received).toBeGreaterThan(0)
    expect(tcpCounter(client, 'TcpInSegs')).toBe(before)
    await client.agent.speak()
    await client.agent.speak()
    await told(client, event => event.kind === 'received' && event.text === 'to me')
    await told(server, event => event.kind === 'received' && event.text === 'from me')
  })

  it('does not know that it is: what its TCP sent it waits to have acknowledged', async () => {
    await using hosts = await openHosts()
    const { client } = hosts
    const [near] = await connected(hosts)
    await settle()
    await client.agent.silence()
    await client.agent.write({ socket: near, text: 'x' })
    // A timer of retransmission, not of a window probe: TCP holds that the segment is out.
    expect(sockets(client, '--options', 'state', 'established')[0]).toMatch(/timer:\(on,/)
    await eventually(() => tcpCounter(client, 'TcpRetransSegs') > 0, 'a retransmission')
  })
})

describe('a crash', () => {
  it('leaves no connection, and says no word', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    await connected(hosts)
    await client.agent.listen({ port: 6000, backlog: 8 })
    const [closing] = await closingAndTimeWait(hosts)
    const script =
      'import socket, time; s = socket.create_server(("", 7000)); print("up", flush=True); time.sleep(1000)'
    const program = await client.agent.start({
      command: ['/usr/bin/python3', '-c', script],
      environment: {},
      folder: tmpdir(),
    })
    await told(client, event => event.kind === 'program-said')
    await settle()
    expect(sockets(client).length).toBeGreaterThanOrEqual(4)
    const count = countSegments(client)
    const farBefore = sockets(server, 'state', 'established')
    await client.agent.crash()
    await settle()
    expect(count()).toEqual({ received: 0, sent: 0 })
    expect(sockets(client)).toEqual([])
    expect(sockets(server, 'state', 'established')).toEqual(farBefore)
    expect(farBefore.length).toBeGreaterThan(0)
    await told(client, event => event.kind === 'program-ended' && event.program === program)
    await told(client, event => event.kind === 'closed' && event.socket === closing)
  })

  it('leaves a host that answers what it does not know with RST, and opens new connections', async () => {
    await using hosts = await openHosts()
    const { client, server } = hosts
    const [, far] = await connected(hosts)
    await client.agent.crash()
    await server.agent.write({ socket: far, text: 'are you there?' })
    await told(server, event => event.kind === 'failed' && event.code === 'ECONNRESET')
    const again = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_001 })
    await told(client, event => event.kind === 'connected' && event.socket === again)
  })
})

/** One connection that its program has let go of and that still closes, one in TIME_WAIT. */
async function closingAndTimeWait({
  client,
  server,
}: Awaited<ReturnType<typeof openHosts>>): Promise<[number, number]> {
  const open = async (fromPort: number) => {
    const near = await client.agent.connect({ host: server.place.address, port: 5000, fromPort })
    const remote = `${client.place.address}:${fromPort}`
    const accepted = await told(server, event => event.kind === 'accepted' && event.remote === remote)
    if (accepted.kind !== 'accepted') throw new Error('not accepted')
    return [near, accepted.socket] as const
  }
  const [closing] = await open(41_000)
  await client.agent.destroy({ socket: closing })
  const [waiting, far] = await open(41_001)
  await client.agent.end({ socket: waiting })
  await told(server, event => event.kind === 'ended' && event.socket === far)
  await server.agent.end({ socket: far })
  await eventually(() => sockets(client, 'state', 'time-wait')[0], 'TIME_WAIT')
  expect(sockets(client, 'state', 'fin-wait-2')).toHaveLength(1)
  return [closing, waiting]
}
