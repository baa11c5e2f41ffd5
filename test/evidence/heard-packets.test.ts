import { describe, expect, it } from 'vitest'
import { mergeEvidence } from '../../src/evidence/merge.ts'
import type { ObservedHost, Sighting, UntracedObservations } from '../../src/evidence/observations.ts'
import { heard, type Name } from './observed.ts'

const ADDRESSES = { client: '198.18.0.2', server: '198.18.0.3', attacker: '198.18.0.4' } as const
const at = (ms: number, sighting: Sighting, id = 0): Sighting => ({
  ...sighting,
  tNs: ms * 1e6,
  awayNs: 0,
  segment: sighting.segment && { ...sighting.segment, ip: { ...sighting.segment.ip, id } },
})
const SYN = heard('client', ['SYN'], 100)
const BROKEN = heard('client', ['SYN'], 612, false)

interface Told {
  readonly wire?: readonly Sighting[]
  readonly server?: readonly Sighting[]
  readonly injected?: readonly Sighting[]
  readonly held?: readonly number[]
  readonly counted?: number
  readonly untilMs?: number
  readonly isComplete?: boolean
}

function merged({
  wire = [],
  server = [],
  injected = [],
  held = [],
  counted,
  untilMs = 5000,
  isComplete = true,
}: Told) {
  const host = (name: Name): ObservedHost => ({
    name,
    address: ADDRESSES[name],
    device: name,
    arrivals: name === 'server' ? server : [],
    tables: [],
    calls: [],
    injected: name === 'attacker' ? injected : [],
    counters:
      name === 'server' && counted !== undefined
        ? { left: 0, outSegs: 0, retransSegs: 0, inSegs: counted, outRsts: 0, tcpExt: {} }
        : null,
  })
  const observations: UntracedObservations = {
    hosts: [host('client'), host('server'), host('attacker')],
    wire: { name: 'wire', device: 'wire', heard: wire },
    trace: null,
    slowestMs: 100,
    drops: 0,
    held: new Set(held),
    isComplete,
    untilNs: untilMs * 1e6,
  }
  return mergeEvidence(observations)
}

describe('without a trace a segment', () => {
  it('arrives where its receiver hears the same packet, though the wire was later to hear of it', () => {
    const { segments } = merged({ wire: [at(1020.1, SYN)], server: [at(1020, SYN)] })
    expect(segments).toMatchObject([
      { from: 'client', to: 'server', departed: { n: 0 }, arrived: { n: 1 }, lost: null },
    ])
    expect(segments[0]?.arrived?.tMs).toBeGreaterThanOrEqual(segments[0]?.departed.tMs ?? 1)
  })

  it('sent twice is told from its copy by its number, or else by what the link can hold back', () => {
    const byNumber = merged({ wire: [at(0, SYN, 1), at(50, SYN, 2)], server: [at(70, SYN, 2)] })
    expect(byNumber.segments.map(({ arrived }) => arrived !== null)).toEqual([false, true])
    const byTime = merged({ wire: [at(0, SYN), at(2000, SYN)], server: [at(2020, SYN)] })
    expect(byTime.segments.map(({ arrived }) => arrived !== null)).toEqual([false, true])
  })

  it('is lost once the link cannot hold it back any longer, and no sooner', () => {
    const lost = (untilMs: number) => merged({ wire: [at(0, SYN)], isComplete: false, untilMs }).segments[0]?.lost
    expect(lost(1000)).toBeNull()
    expect(lost(1200)).toEqual({ by: 'it never arrived' })
  })

  it('is not lost where its receiver has counted an arrival that nobody heard', () => {
    const { segments, gaps } = merged({ wire: [at(0, SYN)], counted: 1 })
    expect(segments).toMatchObject([{ arrived: null, lost: null }])
    expect(gaps).toEqual([
      "server's kernel counts 1 arrivals, captured were 0.",
      'What became of 1 segments was not seen.',
    ])
  })

  it('that the wire keeps back is late, however late', () => {
    expect(merged({ wire: [at(0, SYN)], held: [0] }).segments).toMatchObject([{ arrived: null, lost: { by: 'held' } }])
    const { segments } = merged({ wire: [at(0, SYN)], server: [at(4000, SYN)], held: [0] })
    expect(segments).toMatchObject([{ from: 'client', lost: null }])
    expect(segments[0]?.arrived).not.toBeNull()
  })

  it('that arrives twice was copied on the way', () => {
    const { segments } = merged({ wire: [at(0, SYN)], server: [at(20, SYN), at(21, SYN)], counted: 2 })
    expect(segments).toMatchObject([
      { id: 0, arrived: { n: 2 } },
      { id: 1, copyOf: 0, arrived: { n: 3 } },
    ])
  })

  it('that was damaged has not arrived', () => {
    const { segments, gaps } = merged({ wire: [at(0, SYN)], server: [at(20, BROKEN)], counted: 1 })
    expect(segments).toMatchObject([{ arrived: null, lost: { by: 'damaged' } }])
    expect(gaps).toEqual([])
  })

  it('that nobody has sent is forged by the wire, and by a host if that says so', () => {
    expect(merged({ server: [at(20, SYN)] }).segments).toMatchObject([{ from: 'wire', to: 'server', seq: 100 }])
    const { segments } = merged({ wire: [at(0, SYN)], server: [at(20, SYN)], injected: [at(0, SYN)] })
    expect(segments).toMatchObject([{ from: 'attacker', to: 'server' }])
  })

  it('whose departure may still be told has not arrived yet', () => {
    const told = { server: [at(20, SYN)], isComplete: false } as const
    expect(merged({ ...told, untilMs: 500 }).segments).toEqual([])
    expect(merged({ ...told, untilMs: 1500 }).segments).toHaveLength(1)
  })
})
