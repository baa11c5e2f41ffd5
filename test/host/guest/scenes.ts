import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { lossOrdinals } from '../../../src/host/random-loss.ts'
import { emitSegment } from '../../../src/tcp/segment.ts'
import { connected, countSegments, eventually, type Host, heard, openHosts, sockets, told } from '../hosts.ts'
import { forgedSyn } from '../forged-syn.ts'

const FLOOD = 300
const FORGED = '198.19.4.7'

/** Floods both directions of a wire that loses by chance, and tells which segments have arrived, counted from 1. */
export async function loseByChance() {
  await using hosts = await openHosts()
  const { client, wire, server } = hosts
  const [to, fro] = [
    { from: FORGED, to: server.place.address },
    { from: FORGED, to: client.place.address },
  ]
  const armedAt = performance.now()
  await wire.agent.loseAtRandom({ percent: 10, seed: 7, directions: [to, fro] })
  const armedMs = performance.now() - armedAt
  await flood(client, to.to)
  await flood(server, fro.to)
  await sleep(1000)
  const arrived = (host: Host) =>
    heard(host).flatMap(({ segment: { ip, tcp } }) => (ip.source === FORGED ? [tcp.sourcePort] : []))
  const ordinals = (stream: number) => lossOrdinals({ percent: 10, seed: 7, among: FLOOD, stream })
  const survivors = (stream: number) =>
    Array.from({ length: FLOOD }, (_, index) => index + 1).filter(ordinal => !ordinals(stream).includes(ordinal))
  return {
    armedMs,
    lost: [ordinals(0).length, ordinals(1).length],
    arrived: [arrived(server), arrived(client)],
    expected: [survivors(0), survivors(1)],
    losses: wire.run('nft', 'list', 'chain', 'ip', 'handwave', 'losses'),
  }
}

async function flood({ agent }: Host, destination: string): Promise<void> {
  for (let ordinal = 1; ordinal <= FLOOD; ordinal++) {
    const packet = emitSegment(forgedSyn(FORGED, destination, ordinal))
    await agent.inject({ base64: Buffer.from(packet).toString('base64') })
  }
}

/** How long segments take, and how many come of them, in either direction. */
export async function impair() {
  await using hosts = await openHosts({
    delay: '20ms',
    to: { server: { delay: '50ms', duplicate: '100%' }, client: { rate: '8kbit' } },
  })
  const { client, wire, server } = hosts
  const times = (host: Host, fromPort: number) =>
    host.events
      .filter(event => event.kind === 'packet')
      .filter((_, index) => heard(host)[index]?.segment.tcp.sourcePort === fromPort)
      .map(({ tNs }) => tNs / 1e6)
  const send = async (from: Host, to: Host, port: number) => {
    const packet = emitSegment(forgedSyn(FORGED, to.place.address, port))
    await from.agent.inject({ base64: Buffer.from(packet).toString('base64') })
    await sleep(500)
    const [left = Number.NaN] = times(wire, port)
    return times(to, port).map(arrived => Math.round((arrived - left) * 1000) / 1000)
  }
  return {
    toServer: await send(client, server, 1),
    toClient: await send(server, client, 2),
    qdiscs: wire.run('tc', 'qdisc', 'show', 'dev', wire.place.device),
  }
}

/** One direction that loses all, and one that loses nothing. */
export async function loseAll() {
  await using hosts = await openHosts({ to: { server: { loss: '100%' } } })
  const { client, server, wire } = hosts
  await flood(client, server.place.address)
  await flood(server, client.place.address)
  await sleep(100)
  return {
    arrived: [heard(server).length, heard(client).length > 0],
    qdiscs: wire.run('tc', 'qdisc', 'show', 'dev', wire.place.device),
  }
}

/** A power cut at the client, with a connection in each state that outlives its program. */
export async function crash() {
  await using hosts = await openHosts({ delay: '20ms' })
  const { client, server } = hosts
  const [near] = await connected(hosts)
  await client.agent.end({ socket: near })
  await eventually(() => sockets(client, 'state', 'fin-wait-2')[0], 'FIN_WAIT_2')
  await client.agent.destroy({ socket: near })
  const before = { client: sockets(client), server: sockets(server, 'state', 'close-wait') }
  const count = countSegments(client)
  const startedMs = performance.now()
  await client.agent.crash()
  const tookMs = performance.now() - startedMs
  await sleep(500)
  return {
    before,
    after: { client: sockets(client), server: sockets(server, 'state', 'close-wait') },
    counted: count(),
    tookMs,
  }
}

/** A program that is stopped, and goes on. */
export async function program() {
  await using hosts = await openHosts({ delay: '20ms' })
  const { client, server } = hosts
  const startedMs = performance.now()
  const echo = await server.agent.start({
    command: ['/usr/bin/python3', '-c', ECHO],
    environment: { HOST: server.place.address, PORT: '5000' },
    folder: tmpdir(),
  })
  await told(server, event => event.kind === 'program-said')
  const tookMs = performance.now() - startedMs
  await server.agent.signal({ program: echo, signal: 'STOP' })
  const socket = await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
  await client.agent.write({ socket, text: 'hello' })
  await sleep(500)
  const queued = sockets(server, 'state', 'listening')[0]?.split(/\s+/)[0]
  await server.agent.signal({ program: echo, signal: 'CONT' })
  const answer = await told(client, event => event.kind === 'received')
  return { queued, answer, tookMs }
}

const ECHO = `
import os, socket
listener = socket.create_server((os.environ['HOST'], int(os.environ['PORT'])))
print('listening', flush=True)
connection, peer = listener.accept()
connection.sendall(connection.recv(1000).upper())
connection.recv(1000)
`
