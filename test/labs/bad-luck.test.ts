import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { FIXTURES, handwave, runLabs } from '../handwave.ts'

const fixture = (name: string) => join(FIXTURES, `${name}.lab.ts`)

async function runOne(name: string, ...options: string[]) {
  const { status, document } = await runLabs(fixture(name), ...options)
  const [lab] = document.labs
  if (!lab) throw new Error(`${name} has no result`)
  return { status, lab }
}

describe('what was not seen decides nothing', () => {
  it('with a sniffer that starts late', async () => {
    const { status, lab } = await runOne('late-sniffer')
    expect({ status, verdict: lab.verdict }).toEqual({ status: 3, verdict: 'inconclusive' })
    expect(lab.reasons.join()).toContain("server's kernel counts 2 arrivals, captured were 1")
  })

  it('with a receive buffer that has room for next to nothing', async () => {
    const { status, lab } = await runOne('tiny-buffer')
    expect({ status, verdict: lab.verdict }).toEqual({ status: 3, verdict: 'inconclusive' })
    expect(lab.evidence.captureDrops).toBeGreaterThan(0)
  })
})

describe('a fault', () => {
  it('that does not happen fails the lab', async () => {
    const { status, lab } = await runOne('fault-misses')
    expect({ status, verdict: lab.verdict }).toEqual({ status: 1, verdict: 'fail' })
    expect(lab.reasons.join('\n')).toMatch(/^Row 2: /m)
  })

  it('that does not happen fails it even where the picture is true', async () => {
    const { status, lab } = await runOne('fault-never')
    expect({ status, reasons: lab.reasons }).toEqual({
      status: 1,
      reasons: ["The wire was to lose server's RST to client, and it never came."],
    })
  })

  it('that happens passes it', async () => {
    const { status, lab } = await runOne('loses-syn')
    expect({ status, reasons: lab.reasons }).toEqual({ status: 0, reasons: [] })
    expect(lab.evidence.segments[0]?.lost).toEqual({ by: 'NETFILTER_DROP' })
  })
})

describe('a play', () => {
  it('that throws fails its lab, and says where', async () => {
    const { status, lab } = await runOne('throws')
    expect(status).toBe(1)
    expect(lab.reasons[0]).toMatch(/TypeError: no such thing .*throws\.lab\.ts:\d+:\d+/)
  })

  it('that waits for ever is ended in virtual time', async () => {
    const { status, lab } = await runOne('hangs')
    expect(status).toBe(3)
    expect(lab.reasons[0]).toContain('still waited')
    expect(lab.wallMs).toBeLessThan(20_000)
  })

  it('that spins is ended by the watchdog', async () => {
    const { status, lab } = await runOne('spins', '--watchdog', '6s')
    expect(status).toBe(3)
    expect(lab.reasons[0]).toContain('The watchdog ended the lab kernel: not a word for 6 s')
  })

  it('that ends the process is named', async () => {
    const { status, lab } = await runOne('exits')
    expect(status).toBe(3)
    expect(lab.reasons[0]).toContain('process.exit')
  })

  it('that goes on when its lab is over is no trouble to the next, and keeps nobody', async () => {
    const { status, document } = await runLabs(fixture('goes-on'), 'three-way-handshake', fixture('goes-on'))
    expect({ status, verdicts: document.labs.map(({ verdict }) => verdict) }).toEqual({
      status: 1,
      verdicts: ['fail', 'pass', 'fail'],
    })
    expect(document.labs[0]?.reasons).toEqual([expect.stringMatching(/^Row 3: CTL: expected RST,ACK/)])
    const own = (await runLabs('three-way-handshake')).document.labs[0]?.evidence.segments.length
    expect(document.labs[1]?.evidence.segments).toHaveLength(own ?? NaN)
  })

  it('that takes no refusal is not answered any more', async () => {
    const { status, document } = await runLabs(fixture('asks-again'), 'stale-syn', '--watchdog', '20s')
    expect({ status, labs: document.labs.map(({ verdict, reasons }) => [verdict, ...reasons]) }).toEqual({
      status: 1,
      labs: [['fail', expect.stringMatching(/^Row 3: CTL: expected RST,ACK/)], ['pass']],
    })
  })

  it('that has set off what fails too late does not fail the next lab', async () => {
    const { status, document } = await runLabs(fixture('throws-late'), 'three-way-handshake', 'stale-syn')
    expect({ status, labs: document.labs.map(({ verdict, reasons }) => [verdict, ...reasons]) }).toEqual({
      status: 0,
      labs: [['pass'], ['pass'], ['pass']],
    })
  })

  it('that prints what looks like a word of ours changes nothing', async () => {
    const { status, lab } = await runOne('prints')
    expect({ status, verdict: lab.verdict }).toEqual({ status: 0, verdict: 'pass' })
  })

  it('that eats all memory is named', async () => {
    const { status, lab } = await runOne('eats-memory')
    expect(status).toBe(3)
    expect(lab.reasons[0]).toMatch(/ran out of memory: .*Killed process/)
  })
})

describe('a lab file that does not load', () => {
  it.each([
    ['bad-ladder', /bad-ladder\.lab\.ts:8:62: .*'LISTNE'/, /LISTEN/],
    ['draws-loss', /draws-loss\.lab\.ts:9:\d+: .*row 2 as lost/, /wire\.lose\(\{ row: 2 \}\)/],
    ['makes-loss', /makes-loss\.lab\.ts: line 5.*row 3/, /XXX/],
    ['no-lab', /no-lab\.lab\.ts:1:1: expected 'export default lab/, /import/],
    ['broken', /broken\.lab\.ts:4:\d+: the lab file does not load/, /./],
    ['is-not-there', /There is no file/, /handwave list/],
  ])('%s: file, line, what was expected', async (name, message, hint) => {
    const { exitCode, stdout, stderr } = await handwave('run', '--on', 'kernel', fixture(name))
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(hint)
  })
})

describe('a lab that cannot be set up', () => {
  it('is inconclusive with the reason where the others can go on', async () => {
    const { status, document } = await runLabs(fixture('settings'))
    expect({
      status,
      labs: document.labs.map(({ case: name, verdict, reasons }) => [name, verdict, ...reasons]),
    }).toEqual({
      status: 3,
      labs: [
        ['unknown', 'inconclusive', expect.stringContaining('net.ipv4.conf.eth0.no_such_thing = 1.')],
        ['refused', 'inconclusive', expect.stringContaining('net.ipv4.tcp_sack = perhaps.')],
        ['taken', 'pass'],
        ['for-hours', 'pass'],
      ],
    })
  })

  it('where they cannot leaves what was finished, in a whole document', async () => {
    const labs = ['stale-syn', fixture('bad-link'), 'stale-syn']
    const { exitCode, stdout, stderr } = await handwave('run', ...labs, '--on', 'kernel', '--repeat', '2', '--json')
    const document = JSON.parse(stdout) as RunDocument
    expect({ exitCode, labs: document.labs.map(({ id, verdict, reasons }) => [id, verdict, ...reasons]) }).toEqual({
      exitCode: 2,
      labs: [
        ['stale-syn', 'pass'],
        ['bad-link', 'inconclusive', expect.stringContaining("tc does not take the lab's link")],
        ['stale-syn', 'inconclusive', 'It was not run: the run had ended before.'],
      ],
    })
    expect(stderr).toContain("handwave: bad-link: tc does not take the lab's link")
  })

  it('prints no document where nothing was finished', async () => {
    const { exitCode, stdout } = await handwave('run', fixture('bad-link'), '--on', 'kernel', '--json')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  })
})
