import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { FIXTURES, handwave, runLabs } from '../handwave.ts'

const LABS = ['syn-flood', 'syn-cookies']
/** What the kernel is asked for in every case, whether it moves or not. */
const ASKED = ['ListenDrops', 'ListenOverflows', 'SyncookiesRecv', 'SyncookiesSent', 'TCPReqQFullDoCookies']

describe('what was foretold of a flood', () => {
  let document: RunDocument
  beforeAll(async () => {
    ;({ document } = await runLabs(...LABS))
  })

  it('comes out to the last entry, over at least 12 combinations', () => {
    const combinations = document.labs.map(({ hosts, numbers }) => {
      const sysctls: Readonly<Record<string, string>> = hosts['server']?.sysctls ?? {}
      expect(numbers.map(({ what }) => what)).toEqual(expect.arrayContaining(['half-open', ...ASKED]))
      expect(numbers.filter(({ ok }) => !ok)).toEqual([])
      const held = numbers.find(({ what }) => what === 'half-open')?.observed
      return [sysctls['net.ipv4.tcp_syncookies'], sysctls['net.ipv4.tcp_max_syn_backlog'], held].join('/')
    })
    expect(document.labs.map(({ verdict }) => verdict)).toEqual(document.labs.map(() => 'pass'))
    expect(document.labs.length).toBeGreaterThanOrEqual(12)
    expect(new Set(combinations.map(one => one[0]))).toEqual(new Set(['0', '1', '2']))
  })

  it('is read from the kernel: its counters are in the evidence, as differences', () => {
    const [first] = document.labs
    expect(first?.evidence.counters['server']?.tcpExt).toMatchObject({ ListenDrops: 34, TCPReqQFullDrop: 34 })
    expect(first?.evidence.counters['client']?.tcpExt).not.toHaveProperty('ListenDrops')
  })

  it('does not come out where something was changed that it knows nothing of', async () => {
    const { status, document } = await runLabs(join(FIXTURES, 'untold-sysctl.lab.ts'))
    expect(status).toBe(1)
    const [changed, more] = document.labs.map(({ numbers }) => numbers.filter(({ ok }) => !ok).map(({ what }) => what))
    expect(changed).toContain('half-open')
    expect(more).toEqual(['ListenDrops', 'TCPReqQFullDrop'])
    expect(document.labs[1]?.reasons).toContain('ListenDrops at server: 34 foretold, 35.')
  })

  it('of a SYN proxy are no less exact', async () => {
    const { status, document } = await runLabs(join(FIXTURES, 'untold-guard.lab.ts'))
    const reasons = document.labs.flatMap(lab => lab.reasons)
    expect({ status, reasons }).toEqual({ status: 1, reasons: ['syn_received at wire: 41 foretold, 42.'] })
  })
})

describe('the plan of a flood', () => {
  const PLAN =
    /40 SYNs by attacker \(198\.18\.\d+\.4\).*198\.19\.0\.0\/16,\n.*to server \(.*:5000\), 1000 a second, for 0\.04 s,\n.*no way/

  it('is told before the first packet', async () => {
    const { stderr, exitCode } = await handwave('run', '--on', 'kernel', 'syn-cookies/always-backlog-8-max-16')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(PLAN)
  })

  it('is part of --dry-run', async () => {
    const { stdout } = await handwave('run', '--dry-run', 'syn-cookies/always-backlog-8-max-16')
    expect(stdout.replaceAll(/^# /gm, '')).toMatch(PLAN)
  })
})
