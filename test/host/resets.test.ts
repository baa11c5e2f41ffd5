import { expect, it } from 'vitest'
import { heard, openHosts, settle, tcpCounter } from './hosts.ts'

it.each([
  [false, 1],
  [true, 0],
])(
  'a kernel that withholds its resets (%s) answers a SYN for a closed port with %i segments',
  async (isTold, count) => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    if (isTold) await server.agent.withholdResets()
    if (isTold) await server.agent.withholdResets()
    await client.agent.connect({ host: server.place.address, port: 5000, fromPort: 40_000 })
    await settle()
    expect(tcpCounter(server, 'TcpInSegs')).toBeGreaterThan(0)
    expect(heard(wire).filter(({ segment }) => segment.ip.source === server.place.address)).toHaveLength(count)
  },
)
