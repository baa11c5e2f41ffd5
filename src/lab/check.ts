import { LadderError, UsageError } from '../errors.ts'
import type { Ladder } from '../ladder/ladder.ts'
import { CLAIMS } from './claim-texts.ts'
import { parseDuration } from './duration.ts'
import { lostRows } from './faults.ts'
import type { LabSpec } from './lab.ts'

const HOSTS: readonly string[] = ['client', 'server', 'wire']

/** What can be known to be wrong with a lab before it runs. */
export function checkCase(spec: LabSpec, ladder: Ladder): void {
  for (const duration of [spec.within, spec.link?.delay]) if (duration !== undefined) parseDuration(duration)
  for (const id of Object.keys(spec.claims ?? {})) {
    if (!(id in CLAIMS)) throw new UsageError('NO_SUCH_CLAIM', `There is no claim ${id}.`)
  }
  for (const host of Object.keys({ ...spec.sysctls, ...spec.sniffers })) {
    if (!HOSTS.includes(host))
      throw new UsageError('NO_SUCH_HOST', `The lab has no host named ${host}.`, {
        hint: `Its hosts are ${HOSTS.join(', ')}.`,
      })
  }
  if (!['allowed', 'forbidden'].includes(spec.repeats ?? 'forbidden')) {
    throw new UsageError('REPEATS', `'${spec.repeats}' is no way to take repeats: 'allowed' or 'forbidden'.`)
  }
  checkLosses(spec.play.toString(), ladder)
}

/**
 * The picture and the play must agree on what is lost. What a play will do cannot be known without running it, but what
 * it plainly says can: rows named by a number. A play that takes them from `ladder.lost` agrees by construction.
 */
function checkLosses(source: string, ladder: Ladder): void {
  const drawn = lostRows(ladder)
  const named = [...source.matchAll(/\blose\(\s*\{\s*row:\s*(\d+)\s*,?\s*\}/g)].map(([, n]) => Number(n))
  for (const n of named.filter(n => !drawn.includes(n))) {
    const row = ladder.rows.find(candidate => candidate.n === n)
    throw new LadderError(
      row?.line ?? 1,
      1,
      `play loses row ${n}, but the ladder ${row ? 'draws it as arriving' : 'has no such row'}`,
      `Put XXX in place of row ${n}'s second arrow.`,
    )
  }
  const losesOtherwise = /\b(lose|cut|hold|silence)\(/.test(
    source.replaceAll(/\blose\(\s*\{\s*row:\s*\d+\s*,?\s*\}/g, ''),
  )
  if (losesOtherwise) return
  for (const n of drawn.filter(n => !named.includes(n))) {
    const row = ladder.rows.find(candidate => candidate.n === n)
    throw new LadderError(
      row?.line ?? 1,
      1,
      `the ladder draws row ${n} as lost (XXX), but play loses no such row`,
      `Add to play: await wire.lose({ row: ${n} })`,
    )
  }
}
