import { GenericContainer, getContainerRuntimeClient } from 'testcontainers'
import { ensureHostImage } from '../../../../src/testbed/docker/image.ts'

/** Two containers on a network with no way out; each delays what it sends by 20 ms. Prints what a ping between them shows. */
const { container } = await getContainerRuntimeClient()
const engine = container.dockerode
const tag = await ensureHostImage({
  engine,
  signal: new AbortController().signal,
  onProgress: sentence => {
    throw new Error(`The image was to be there: ${sentence}`)
  },
})
await engine.createNetwork({
  Name: 'handwave-test',
  Internal: true,
  IPAM: { Driver: 'default', Config: [{ Subnet: '198.18.0.0/15' }] },
})
const start = async () =>
  await new GenericContainer(tag).withNetworkMode('handwave-test').withAddedCapabilities('NET_ADMIN', 'NET_RAW').start()
const [near, far] = await Promise.all([start(), start()])
const address = far.getIpAddress('handwave-test')
const ping = async () => (await near.exec(`ping -n -c 3 -i 0.2 ${address}`)).output
const before = await ping()
for (const host of [near, far]) await host.exec('tc qdisc add dev eth0 root netem delay 20ms')
const after = await ping()
const qdiscs = (await near.exec('tc qdisc show dev eth0')).output
const load = `require('raw-socket').createSocket({ protocol: 6 }).close(); require('koffi').load('libc.so.6')`
const addons = (await near.exec(['node', '-e', load])).exitCode
const { Config } = await engine.getImage(tag).inspect()
process.stdout.write(`${JSON.stringify({ address, before, after, qdiscs, addons, labels: Config.Labels })}\n`)
// All of it goes with the kernel.
