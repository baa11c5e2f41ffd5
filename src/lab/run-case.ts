import { LacksError, UsageError } from '../errors.ts'
import { findEdges } from '../evidence/edges.ts'
import { drawMatchLines } from '../ladder/draw.ts'
import { InjectionRefused } from '../host/enclosure.ts'
import { limitsOf, requireWithin } from '../host/flood-limits.ts'
import type { LadderMatch } from '../ladder/match.ts'
import type { OnAgentEvent, Testbed, TestbedRequest } from '../testbed/testbed.ts'
import { CaseRun, type CaseRunOptions } from './case-run.ts'
import { hostNames } from './hosts.ts'
import type { FloodSpec } from './flood-plan.ts'
import type { LinkChanges } from './inside-request.ts'
import { allowFor, decide, judgeClaims } from './judge.ts'
import type { LabCase, LabSpec } from './lab.ts'
import { compareNumbers, numbersAmiss } from './numbers.ts'
import { type LabResult, type RowResult, undecided } from './result.ts'

export type OpenTestbed = (request: TestbedRequest, onEvent: OnAgentEvent) => Promise<Testbed>

export interface CaseOptions extends CaseRunOptions {
  /** As it passes for the hosts. */
  readonly time: Testbed['time']
  /** Called when the hosts are there. */
  readonly onOpened: () => void
  readonly tell: (result: LabResult) => void
  /** Called when all is told, before the hosts are taken away. */
  readonly keep: ((testbed: Testbed) => Promise<void>) | null
}

/** Runs one case from hosts that did not exist before to a verdict, which is told before they are taken away. */
export async function runCase(labCase: LabCase, openTestbed: OpenTestbed, options: CaseOptions): Promise<void> {
  const { id, name, spec } = labCase
  try {
    await runOnTestbed(labCase, openTestbed, options)
  } catch (error) {
    const lab = name === null ? id : `${id}/${name}`
    if (error instanceof UsageError)
      throw new UsageError(error.code, `${lab}: ${error.message}`, { hint: error.hint, cause: error })
    if (!(error instanceof LacksError)) throw error
    options.tell(undecided(id, name, spec.title, [error.message, error.hint].join(' ').trim()))
  }
}

async function runOnTestbed(labCase: LabCase, openTestbed: OpenTestbed, options: CaseOptions): Promise<void> {
  const { spec } = labCase
  const { signal, changes, tell, keep } = options
  requireNeeds(spec, options.time)
  // A link that loses by chance has segments sent again.
  const run = new CaseRun(changes.loss ? { ...spec, repeats: 'allowed' } : spec, options)
  await using testbed = await openTestbed(requestOf(spec, changes), run.onEvent)
  options.onOpened()
  if (spec.flood) requireRoomFor(spec.flood, testbed.kind)
  const { match, evidence, capture, mishaps, late, labMs } = await run.play(testbed)
  signal.throwIfAborted()
  const claims = judgeClaims(spec.claims, evidence, match)
  const numbers = compareNumbers(spec.foretold, evidence)
  const amiss = numbersAmiss(numbers)
  const allMishaps = [
    ...mishaps,
    ...amiss.failed.map(sentence => ({ verdict: 'fail', sentence }) as const),
    ...amiss.unseen.map(sentence => ({ verdict: 'inconclusive', sentence }) as const),
  ]
  tell({
    id: labCase.id,
    case: labCase.name,
    title: spec.title,
    ...allowFor(late, decide(match, claims, evidence, allMishaps)),
    labMs,
    rows: match.rows.map(toRowResult),
    picture: drawMatchLines(match),
    claims,
    numbers,
    edges: findEdges(evidence),
    hosts: Object.fromEntries(
      [testbed.wire, ...testbed.endpoints].map(({ place, pid, networkNamespace, container, sysctls }) => [
        place.name,
        { address: place.address, pid, networkNamespace, ...(container && { container }), sysctls },
      ]),
    ),
    evidence,
    capture,
  })
  await keep?.(testbed)
}

/** What a case asks of a testbed, with what the command line changes. */
export function requestOf(spec: LabSpec, { link }: LinkChanges): TestbedRequest {
  const endpoints = hostNames(spec).map(name => ({ name, sysctls: spec.sysctls?.[name] ?? {} }))
  return { endpoints, link: { ...spec.link, ...link }, ...(spec.guard && { guard: spec.guard }) }
}

/** Before any host is made for nothing. */
function requireNeeds({ needs = [] }: LabSpec, time: Testbed['time']): void {
  if (!needs.includes('virtual time') || time === 'virtual') return
  throw new LacksError('REAL_TIME', 'This lab takes hours, and time is real on this testbed.', {
    hint: "Run it with --on kernel, where time is the kernel's own.",
  })
}

/** That a flood is more than an engine's hosts send is not the lab's fault, nor the kernel's. */
function requireRoomFor(flood: FloodSpec, kind: Testbed['kind']): void {
  try {
    requireWithin(limitsOf({ bridge: kind === 'docker' ? null : '' }), flood)
  } catch (cause) {
    if (!(cause instanceof InjectionRefused)) throw cause
    throw new LacksError('FLOOD_LIMIT', cause.message, { hint: 'Run it with --on kernel.', cause })
  }
}

function toRowResult({ n, label, expected, observed, verdict, tMs, problems }: LadderMatch['rows'][number]): RowResult {
  return { n, label, expected, observed, ok: verdict === 'ok', tMs, problems }
}
