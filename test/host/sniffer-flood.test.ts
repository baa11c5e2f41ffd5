import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eventually, type Host, openHosts } from './hosts.ts'

const packets = ({ events }: Host) => events.filter(({ kind }) => kind === 'packet').length

/** Until nothing more has come for a while. */
async function untilQuiet(host: Host): Promise<void> {
  for (let before = -1; before !== packets(host); ) {
    before = packets(host)
    await sleep(300)
  }
}

describe('a sniffer in a flood', () => {
  it('hears all of 20,000 segments a second, at the wire and at its end', async () => {
    await using hosts = await openHosts()
    const { client, wire, server } = hosts
    const to = { address: server.place.address, port: 5000 }
    const { segments, tookMs } = await client.agent.flood({ to, segments: 20_000, perSecond: 20_000 })
    console.log(`${segments} SYNs in ${tookMs.toFixed(0)} ms`)
    await untilQuiet(wire)
    const { counters, drops } = await server.agent.counters()
    expect({ drops, heard: packets(server), in: counters.inSegs }).toEqual({ drops: 0, heard: 20_000, in: 20_000 })
    // Nobody listens: each SYN is refused, and the wire hears that, too.
    expect((await wire.agent.counters()).drops).toBe(0)
    expect(packets(wire)).toBe(20_000 + counters.outRsts)
  })

  it('says how many it has not heard where there was no room', async () => {
    await using hosts = await openHosts({}, { sniff: false })
    const { client, server } = hosts
    await server.agent.sniff({ receiveBufferBytes: 40_000 })
    const to = { address: server.place.address, port: 5000 }
    const { segments } = await client.agent.flood({ to, segments: 5000, perSecond: 1_000_000 })
    await eventually(() => packets(server) > 0, 'anything')
    await untilQuiet(server)
    const { counters, drops } = await server.agent.counters()
    expect(drops).toBeGreaterThan(0)
    expect(packets(server) + drops).toBe(segments)
    expect(counters.inSegs).toBe(segments)
  })
})
