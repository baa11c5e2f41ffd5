import { beforeAll, describe, expect, it } from 'vitest'
import type { RunDocument } from '../../../src/report/run-document.ts'
import { runLabs } from '../../handwave.ts'
import { requireEngine, whyNoEngineInKernel } from '../../testbed/docker/required.ts'
import { runWatched, type Watched } from './watched.ts'

/**
 * The labs of the foundation between containers with netem: an engine in the lab kernel, in real time, whatever this machine's
 * own kernel can do. Each share has a kernel of its own, because a minute of TIME_WAIT is a minute there.
 */
const EVERY_DAY = [
  ['simultaneous-close'],
  ['three-way-handshake', 'simultaneous-open', 'lost-syn/once', 'stale-syn', 'close-wait/both-hold-on', 'half-close'],
  ['normal-close'],
]
const WHERE_THERE_IS_TIME = [
  ['close-wait/client-lets-go', 'lost-syn/every-time', 'time-wait/one'],
  // In the last two it is only a host's own program that is quick enough, or nobody who has to be.
  ['time-wait/five', 'time-wait/none', 'three-segments/at-once', 'no-answer/back-again'],
]
const SHARES = [...EVERY_DAY, ...('HANDWAVE_REPEATS' in process.env ? WHERE_THERE_IS_TIME : [])]
/** Ends what hangs. */
const PATIENCE_MS = 1_500_000
const WHY_NOT = requireEngine(await whyNoEngineInKernel())

type Lab = RunDocument['labs'][number]

describe.skipIf(WHY_NOT !== null)('labs between containers with netem', () => {
  let onKernel: readonly Lab[] = []
  let shares: readonly Watched[] = []
  const labs = () => shares.flatMap(({ document }) => document?.labs ?? [])

  beforeAll(async () => {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    onKernel = (await runLabs(...SHARES.flat())).document.labs
    shares = await Promise.all(
      SHARES.map((share, processor) => runWatched([...share, '--trace'], { signal, processor })),
    )
  })

  it('find what they find on the lab kernel in virtual time: rows, claims, verdicts', () => {
    expect(labs().map(({ id, case: name, reasons }) => ({ id, name, reasons }))).toEqual(
      onKernel.map(({ id, case: name }) => ({ id, name, reasons: [] })),
    )
    expect(labs().map(findings)).toEqual(onKernel.map(findings))
    expect(shares.map(({ exitCode }) => exitCode)).toEqual(SHARES.map(() => 0))
  })

  it('have every segment with its departure and its arrival, or its loss, and agree with the counters', () => {
    for (const { evidence } of labs()) {
      expect(evidence.segments.filter(({ arrived, lost }) => (arrived === null) === (lost === null))).toEqual([])
      expect(evidence.captureDrops).toBe(0)
      expect(evidence.gaps).toEqual([])
    }
  })

  it('are on containers that the engine knows, in the namespaces that the agents tell of', () => {
    // What lives for a moment nobody has looked at.
    for (const { document, seen } of shares) {
      const known = (document?.labs ?? [])
        .flatMap(({ hosts }) => Object.values(hosts))
        .filter(({ container }) => container && container.id in seen)
      expect(known.length).toBeGreaterThanOrEqual(3)
      for (const { container, networkNamespace } of known) {
        expect(seen[container?.id ?? '']).toMatchObject({
          networkNamespace,
          image: expect.stringMatching(/^handwave-host:/),
        })
      }
    }
  })

  it('have netem, on the wire and nowhere else', () => {
    const delayed = labs().find(({ id }) => id === 'simultaneous-close')
    const share = shares.find(({ document }) => document?.labs.some(({ id }) => id === 'simultaneous-close'))
    const netemAt = (host: string) => share?.seen[delayed?.hosts[host]?.container?.id ?? '']?.hasNetem
    expect({ wire: netemAt('wire'), client: netemAt('client'), server: netemAt('server') }).toEqual({
      wire: true,
      client: false,
      server: false,
    })
  })

  it('run with no more rights than they need, on a network of their own, and leave nothing', () => {
    for (const { seen, left } of shares) {
      expect(left).toEqual([])
      for (const { isPrivileged, capabilities, ports, networks } of Object.values(seen)) {
        expect({ isPrivileged, ports }).toEqual({ isPrivileged: false, ports: [] })
        const isTracer = capabilities.includes('SYS_ADMIN')
        expect(capabilities.toSorted()).toEqual(isTracer ? ['SYS_ADMIN'] : ['NET_ADMIN', 'NET_RAW'])
        expect(networks).toEqual([isTracer ? 'none' : expect.stringMatching(/^handwave-/)])
      }
    }
  })
})

if (WHY_NOT !== null) it('labs between containers with netem', context => context.skip(WHY_NOT))

/** What does not depend on the clock. */
function findings({ id, case: name, verdict, rows, claims }: Lab) {
  return {
    id,
    name,
    verdict,
    rows: rows.map(({ label, expected, ok }) => ({ label, expected, ok })),
    claims: claims.map(({ id: claim, finding }) => ({ claim, finding })),
  }
}
