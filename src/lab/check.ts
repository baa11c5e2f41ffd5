import { checkLink } from '../host/check-link.ts'
import type { Guard } from '../host/guard.ts'
import { limitsOf, requireWithin } from '../host/flood-limits.ts'
import { LadderError, UsageError } from '../errors.ts'
import type { Ladder } from '../ladder/ladder.ts'
import { CLAIMS } from './claim-texts.ts'
import { parseDuration } from './duration.ts'
import { lostRows } from './faults.ts'
import type { FloodSpec } from './flood-plan.ts'
import { CLIENT, hostNames, peersOf, SERVER, WIRE } from './hosts.ts'
import type { LabSpec } from './lab.ts'
import type { Foretold } from '../tcp/listen-queue.ts'
import { NO_PICTURE } from './pictures.ts'

const NEEDS: readonly string[] = ['virtual time']

/** What can be known to be wrong with a lab before it runs. */
export function checkCase(spec: LabSpec, ladder: Ladder): void {
  if (ladder !== NO_PICTURE) peersOf(ladder, hostNames(spec))
  if (spec.within !== undefined) parseDuration(spec.within)
  if (spec.link !== undefined) checkLink(spec.link, hostNames(spec))
  for (const id of Object.keys(spec.claims ?? {})) {
    if (!(id in CLAIMS)) throw new UsageError('NO_SUCH_CLAIM', `There is no claim ${id}.`)
  }
  if (spec.flood) checkFlood(spec.flood, hostNames(spec))
  for (const host of Object.keys({ ...spec.sysctls, ...spec.sniffers, ...spec.foretold, ...spec.guard })) {
    const hosts = [...hostNames(spec), WIRE]
    if (!hosts.includes(host))
      throw new UsageError('NO_SUCH_HOST', `The lab has no host named ${host}.`, {
        hint: `Its hosts are ${hosts.join(', ')}.`,
      })
  }
  for (const [host, foretold] of Object.entries(spec.foretold ?? {})) requireNumbers(host, foretold)
  for (const [host, guard] of Object.entries(spec.guard ?? {})) checkGuard(host, guard)
  for (const need of spec.needs ?? []) {
    if (!NEEDS.includes(need)) throw new UsageError('NEEDS', `A lab cannot need '${need}'.`, { hint: NEEDS.join(', ') })
  }
  for (const host of spec.hosts ?? []) {
    if (!/^[a-z][a-z0-9]{0,9}$/.test(host) || [CLIENT, SERVER, WIRE, 'bridge'].includes(host))
      throw new UsageError('HOST_NAME', `A further host cannot be named '${host}'.`, {
        hint: 'Up to ten small letters and digits, and none of the names that there are already.',
      })
  }
  if (!['allowed', 'forbidden'].includes(spec.repeats ?? 'forbidden')) {
    throw new UsageError('REPEATS', `'${spec.repeats}' is no way to take repeats: 'allowed' or 'forbidden'.`)
  }
  // What a SYN proxy takes off the wire is drawn as lost, too.
  if (!spec.guard) checkLosses(spec.play.toString(), ladder)
}

/** Of what a slip of the pen leaves (`.fortold` is undefined) the kernel could only say that it is none of its. */
function requireNumbers(host: string, foretold: Partial<Foretold> | undefined): void {
  const numbers = [foretold?.halfOpen ?? 0, ...Object.values(foretold?.counters ?? { none: null })]
  if (numbers.every(Number.isInteger)) return
  throw new UsageError('FORETOLD', `What is foretold of ${host} has no numbers.`, {
    hint: `Write foretold: { ${host}: { counters: { ListenDrops: 32 } } }, or end with .foretold: new ListenQueue(…).syns(40).foretold`,
  })
}

const GUARDS: readonly (keyof Guard)[] = ['port', 'mss', 'windowScale', 'timestamps', 'selectiveAcks']
/** What fits into TCP's options: 16 bits, and at most 14 (RFC 7323, 2.3). */
const LARGEST = { mss: 0xffff, windowScale: 14 }

function checkGuard(host: string, guard: Guard): void {
  const unknown = Object.keys(guard).find(name => !(GUARDS as readonly string[]).includes(name))
  const fits = ({ mss, windowScale = 0 }: Guard) =>
    isWithin(mss, 1, LARGEST.mss) && isWithin(windowScale, 0, LARGEST.windowScale)
  if (unknown === undefined && fits(guard)) return
  throw new UsageError(
    'GUARD',
    `guard.${host} ${unknown === undefined ? 'is out of bounds' : `has no '${unknown}'`}.`,
    {
      hint: `It takes ${GUARDS.join(', ')}: mss from 1 to ${LARGEST.mss}, and windowScale to ${LARGEST.windowScale}.`,
    },
  )
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

/** The limits are an agent's to keep; that it would not can be said before anything is begun. */
function checkFlood(flood: FloodSpec, hosts: readonly string[]): void {
  const missing = [flood.from, flood.to].find(host => !hosts.includes(host))
  if (missing !== undefined)
    throw new UsageError('NO_SUCH_HOST', `The lab floods with ${missing}, and has no such host.`)
  requireWithin(limitsOf({ bridge: '' }), flood)
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
  const losesOtherwise = /\b(lose|refuse|cut|hold|silence)\(/.test(
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
