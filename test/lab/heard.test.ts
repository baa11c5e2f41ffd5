import { expect, it } from 'vitest'
import type { AgentEvent } from '../../src/host/agent-events.ts'
import { forge, toBase64 } from '../../src/lab/forge.ts'
import { HostNews } from '../../src/lab/host-news.ts'
import { StageHost } from '../../src/lab/stage.ts'
import type { TestbedHost } from '../../src/testbed/testbed.ts'

const place = { name: 'server', address: '198.18.0.3', mac: '', device: 'h3' }

function packet(flags: string, seq: number): AgentEvent {
  const forged = forge({ from: '198.18.0.2:40000', to: '198.18.0.3:5000', flags, seq, ack: 7 })
  return { kind: 'packet', tNs: 0, base64: toBase64(forged) }
}

it('a program on a raw socket hears the first segment with exactly these flags, before or after it asks', async () => {
  const news = new HostNews(new AbortController().signal)
  const server = new StageHost({ place } as TestbedHost, news)
  news.take({ kind: 'packet', tNs: 0, base64: Buffer.from('no segment').toString('base64') })
  news.take(packet('SYN,ACK', 1))
  news.take(packet('SYN', 2))
  news.take(packet('SYN', 3))
  const syn = { from: '198.18.0.2:40000', to: '198.18.0.3:5000', flags: ['SYN'], seq: 2, ack: 7, options: [] }
  expect(await server.heard('SYN')).toEqual(syn)
  const later = server.heard('ACK')
  news.take(packet('PSH,ACK', 4))
  expect(await later).toMatchObject({ seq: 4 })
})
