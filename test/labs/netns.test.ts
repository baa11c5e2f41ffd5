import { spawn } from 'node:child_process'
import { execaSync } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { findLab, loadWanted } from '../../src/lab/catalogue.ts'
import type { LabCase } from '../../src/lab/lab.ts'
import { resolveOwnName } from '../../src/lab/load.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { runLabs } from '../handwave.ts'

/** What all other labs stand on is run many times, and with both cores busy. */
const FOUNDATION = ['close-wait', 'lost-syn', 'normal-close', 'stale-syn', 'three-way-handshake', 'time-wait']

/** In these the play races with a kernel's timers, or with entries that time out: where it is late it shows nothing, and says so. */
const RACES = [
  'backlog-overflow',
  'fin-again',
  'no-answer',
  'refused-reset-broken',
  'syn-cookies',
  'syn-flood',
  'syn-flood-detection',
  'syn-in-time-wait',
]

resolveOwnName()
const casesOf = async (names: readonly string[]): Promise<LabCase[]> =>
  (await Promise.all(names.map(name => loadWanted(findLab(name))))).flat()
const cases = await casesOf(FOUNDATION)

/** Twenty times where there is time for it. */
const TIMES = 'HANDWAVE_REPEATS' in process.env ? 2 * Number(process.env['HANDWAVE_REPEATS']) : 3
const WHY_NOT = process.getuid?.() === 0 ? null : 'only root may make namespaces and use the tracer'
const LONGEST_MS = 1_200_000

/** Asked of the kernel itself: whether it has the queues that delay and lose. */
const hasNetem =
  WHY_NOT === null &&
  execaSync(
    'unshare',
    ['--net', 'sh', '-c', 'tc qdisc add dev lo root handle 1: prio && tc qdisc add dev lo parent 1:1 netem'],
    {
      reject: false,
    },
  ).exitCode === 0

const lacks = ({ spec }: LabCase): RegExp | null => {
  if (spec.needs?.includes('virtual time')) return /time is real .* --on kernel/
  return spec.link && !hasNetem ? /has no netem.*--on kernel/ : null
}

describe.skipIf(WHY_NOT !== null)(
  `labs on this machine's own kernel, in real time${WHY_NOT === null ? '' : `: skipped, ${WHY_NOT}`}`,
  () => {
    let labs: RunDocument['labs']

    beforeAll(async () => {
      const named = (some: readonly LabCase[]) => some.map(({ id, name }) => (name === null ? id : `${id}/${name}`))
      // Many at once: each TIME_WAIT takes its minute.
      const able = cases.filter(one => lacks(one) === null)
      const often = ['--repeat', `${TIMES}`, '--jobs', `${Math.min(MOST_AT_ONCE, TIMES * able.length)}`]
      const unable = cases.filter(one => !able.includes(one))
      const runs = [
        await whileBusy(() => runLabs('--on', 'netns', ...often, '--watchdog', '120s', ...named(able))),
        await runLabs('--on', 'netns', ...named(unable)),
      ]
      labs = runs.flatMap(({ document }) => document.labs)
    })

    const resultsOf = ({ id, name }: LabCase) => labs.filter(lab => lab.id === id && lab.case === name)

    it.each(cases.map(labCase => ({ label: `${labCase.id}/${labCase.name}`, labCase })))(
      '$label passes each time, or says what the kernel lacks',
      ({ labCase }) => {
        const results = resultsOf(labCase)
        const lacking = lacks(labCase)
        expect(results).toHaveLength(lacking === null ? TIMES : 1)
        for (const { verdict, reasons, rows, claims, evidence } of results) {
          if (lacking !== null) {
            expect(verdict).toBe('inconclusive')
            expect(reasons.join()).toMatch(lacking)
            continue
          }
          expect({ verdict, reasons }).toEqual({ verdict: 'pass', reasons: [] })
          expect(rows.filter(({ ok }) => !ok)).toEqual([])
          expect(claims.filter(({ ok }) => !ok)).toEqual([])
          expect(evidence.segments.filter(({ arrived, lost }) => (arrived === null) === (lost === null))).toEqual([])
          expect(evidence.gaps).toEqual([])
        }
      },
    )

    it('never fail because the machine is busy: a play that came late says so', async () => {
      const able = (await casesOf(RACES)).filter(one => lacks(one) === null)
      const wanted = able.map(({ id, name }) => (name === null ? id : `${id}/${name}`))
      const { document } = await whileBusy(() => runLabs('--on', 'netns', '--jobs', `${MOST_AT_ONCE}`, ...wanted))
      expect(document.labs).toHaveLength(able.length)
      for (const { id, case: name, verdict, reasons } of document.labs) {
        const isExcused = verdict === 'inconclusive' && /machine was busy|no SYN proxy/.test(reasons.join())
        expect({ id, name, verdict, reasons }, reasons.join()).toEqual({
          id,
          name,
          verdict: isExcused ? 'inconclusive' : 'pass',
          reasons: isExcused ? reasons : [],
        })
      }
    })

    it('and most of them can be run at all', () => {
      expect(cases.filter(labCase => lacks(labCase) === null).length).toBeGreaterThanOrEqual(5)
    })
  },
)

async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  using busy = keepBusy(2)
  void busy
  return await work()
}

const MOST_AT_ONCE = 40

/** Bounded, whatever becomes of this process. */
function keepBusy(cores: number): Disposable {
  const spinners = Array.from({ length: cores }, () =>
    spawn('timeout', [`${LONGEST_MS / 1000}`, 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
  )
  return {
    [Symbol.dispose]() {
      for (const spinner of spinners) spinner.kill()
    },
  }
}
