import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Evidence } from '../../src/evidence/evidence.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { FIXTURES, runLabs } from '../handwave.ts'

const fixture = (name: string) => join(FIXTURES, `${name}.lab.ts`)

function caseOf({ labs }: RunDocument, name: string) {
  const lab = labs.find(lab => lab.case === name)
  if (!lab) throw new Error(`There is no case ${name}.`)
  return lab
}

describe.each(['kernel', 'netns'])('what a play can do, on %s', testbed => {
  let document: RunDocument

  beforeAll(async () => {
    ;({ document } = await runLabs(fixture('every-fault'), fixture('programs'), '--on', testbed))
  })

  const evidenceOf = (name: string): Evidence => caseOf(document, name).evidence

  it('comes out as its picture says', () => {
    expect(document.labs.map(({ case: name, verdict, reasons }) => ({ name, verdict, reasons }))).toEqual(
      document.labs.map(({ case: name }) => ({ name, verdict: 'pass', reasons: [] })),
    )
    expect(document.labs).toHaveLength(9)
  })

  it('a segment that is held arrives when it is let go, and one that is not is told as held', () => {
    const [, held] = evidenceOf('hold').segments
    expect((held?.arrived?.tMs ?? 0) - (held?.departed.tMs ?? 0)).toBeGreaterThanOrEqual(300)
    expect(held?.lost).toBeNull()
    expect(evidenceOf('never-released').segments[1]).toMatchObject({ arrived: null, lost: { by: 'held' } })
  })

  it('a cut loses one way only', () => {
    const { segments } = evidenceOf('cut-and-mend')
    expect(segments.filter(({ lost }) => lost).map(({ from, lost }) => [from, lost?.by])).toEqual([
      ['client', 'NETFILTER_DROP'],
    ])
  })

  it('a host that crashes says nothing, and has forgotten its connection', () => {
    const { segments, states, counters } = evidenceOf('crash')
    expect(segments.filter(({ from, flags }) => from === 'client' && flags.includes('RST'))).toHaveLength(1)
    const crash = states.find(({ host, from, to }) => host === 'client' && from === 'ESTABLISHED' && to === 'CLOSED')
    const [data] = segments.filter(({ length }) => length > 0)
    expect(crash?.n).toBeLessThan(data?.departed.n ?? 0)
    // One RST killed the connection within the host; only the one that answered the data left it.
    expect(counters['client']?.outRsts).toBe(2)
  })

  it('a forged segment comes from whoever sent it, and its server answers an address that nobody has', () => {
    const { segments, readings } = evidenceOf('forged-by-an-attacker')
    const forged = segments.filter(({ from }) => from === 'attacker')
    expect(forged).toMatchObject([{ to: 'server', flags: ['SYN'], seq: 90, ack: null }])
    expect(forged[0]?.arrived).not.toBeNull()
    const [answer] = segments.filter(({ to }) => to === '198.19.4.7')
    expect(answer).toMatchObject({ from: 'server', flags: ['SYN', 'ACK'], ack: 91, arrived: null })
    // The wire's route to it is a blackhole.
    expect(answer?.lost).not.toBeNull()
    expect(readings.some(({ state, connection }) => state === 'SYN_RCVD' && connection.startsWith('198.19.4.7'))).toBe(
      true,
    )
  })

  it('a program that makes a daemon of itself ends with its host', () => {
    const daemons = readdirSync('/proc').filter(
      pid => /^\d+$/.test(pid) && commandLine(pid).join(' ') === 'sleep 4242 ',
    )
    expect(daemons).toEqual([])
  })

  it('a program that is stopped has connections that it knows nothing of', () => {
    const { calls, states } = evidenceOf('stopped')
    expect(states.some(({ host, to }) => host === 'server' && to === 'ESTABLISHED')).toBe(true)
    expect(calls.filter(({ host }) => host === 'server')).toEqual([])
  })
})

describe("netem's own", () => {
  let document: RunDocument

  beforeAll(async () => {
    ;({ document } = await runLabs(fixture('noise')))
  })

  const evidenceOf = (name: string): Evidence => caseOf(document, name).evidence

  it('effects leave no hole in the evidence', () => {
    const exact = document.labs.filter(lab => lab.case !== 'corrupt')
    expect(exact.map(({ verdict, reasons }) => [verdict, reasons])).toEqual(exact.map(() => ['pass', []]))
    // A length that was damaged may keep a sniffer from knowing what it hears: that is told, and never taken for a failure.
    const { verdict, evidence } = caseOf(document, 'corrupt')
    expect(verdict).toBe(evidence.gaps.length > 0 ? 'inconclusive' : 'pass')
  })

  it('copies arrive that left only once', () => {
    const { segments } = evidenceOf('duplicate')
    const copies = segments.filter(({ copyOf }) => copyOf !== undefined)
    expect(copies.length).toBeGreaterThan(5)
    for (const { copyOf, seq, ack, departed } of copies)
      expect(segments[copyOf ?? -1]).toMatchObject({ seq, ack, departed: { tMs: departed.tMs } })
  })

  it('damage is a loss with its cause', () => {
    const lost = evidenceOf('corrupt').segments.flatMap(({ lost }) => lost?.by ?? [])
    expect(lost).toContain('damaged')
  })

  it('losses are its own', () => {
    const lost = evidenceOf('loss').segments.flatMap(({ lost }) => lost?.by ?? [])
    expect(lost.length).toBeGreaterThan(0)
    expect(new Set(lost)).toEqual(new Set(['QDISC_DROP']))
  })

  it('segments overtake one another, slow down, and wait as long as they are told', () => {
    const trips = (name: string, to: string) =>
      evidenceOf(name)
        .segments.filter(segment => segment.to === to && segment.arrived)
        .map(({ departed, arrived }) => Math.round(((arrived?.tMs ?? 0) - departed.tMs) * 10) / 10)
    expect(new Set(trips('reorder', 'server'))).toEqual(new Set([0, 10]))
    expect(new Set(trips('one-way', 'client'))).toEqual(new Set([30]))
    expect(new Set(trips('one-way', 'server'))).toEqual(new Set([0]))
    // 100 bytes of data, 52 of headers and 14 of Ethernet at 100,000 bits a second.
    expect(Math.max(...trips('rate', 'server'))).toBeCloseTo((166 * 8) / 100, 0)
    const jittered = trips('jitter', 'server')
    expect(Math.min(...jittered)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...jittered)).toBeLessThanOrEqual(30.1)
    expect(new Set(jittered).size).toBeGreaterThan(3)
  })
})

describe('loss by a seed', () => {
  const lossesOf = async (...options: string[]) => {
    const { document } = await runLabs(fixture('noise'), '--loss', '20%', ...options)
    const { segments } = caseOf(document, 'none').evidence
    return ['client', 'server'].map(from =>
      segments.filter(segment => segment.from === from).flatMap(({ lost }, index) => (lost ? [index + 1] : [])),
    )
  }

  it('loses the same segments for the same seed, and others for another', async () => {
    const [first, second, other] = [
      await lossesOf('--seed', '7'),
      await lossesOf('--seed', '7'),
      await lossesOf('--seed', '8'),
    ]
    expect(first.flat().length).toBeGreaterThan(3)
    const common = (lists: (readonly number[] | undefined)[]) => Math.min(...lists.map(list => list?.at(-1) ?? 0))
    // What was lost decides how many segments there are: compared is as far as both go.
    for (const side of [0, 1]) {
      const until = common([first[side], second[side]])
      expect(first[side]?.filter(n => n <= until)).toEqual(second[side]?.filter(n => n <= until))
    }
    expect(other).not.toEqual(first)
  })
})

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
  } catch {
    return []
  }
}
