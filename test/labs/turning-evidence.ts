import type { Evidence, SeenSegment } from '../../src/evidence/evidence.ts'
import type { ClaimCheck } from '../../src/lab/lab.ts'
import { NotSeen } from '../../src/lab/seen-moment.ts'
import { Seen } from '../../src/lab/seen.ts'
import type { LadderMatch } from '../../src/ladder/match.ts'

/** Evidence that differs from the given in one thing, and by which the claim's finding is the other one; or null. */
export function turningEvidence(claim: ClaimCheck, evidence: Evidence, match: LadderMatch): Evidence | null {
  const finding = judge(claim, evidence, match)
  for (const other of variations(evidence)) {
    const turned = judge(claim, other, match)
    if (turned !== null && turned !== finding) return other
  }
  return null
}

/** Null where the evidence does not decide. */
function judge(claim: ClaimCheck, evidence: Evidence, match: LadderMatch): boolean | null {
  try {
    return claim.judge(new Seen(evidence, match))
  } catch (error) {
    if (error instanceof NotSeen) return null
    throw error
  }
}

function* variations(evidence: Evidence): Generator<Evidence> {
  const { segments, states, readings } = evidence
  yield leavingEntries(evidence)
  // None was ever half open.
  yield { ...evidence, states: states.filter(({ to }) => to !== 'SYN_RCVD'), readings: [] }
  // Nobody has asked for ECN.
  const ofOld = ({ flags }: SeenSegment) => flags.filter(flag => flag !== 'ECE' && flag !== 'CWR')
  yield { ...evidence, segments: segments.map(segment => ({ ...segment, flags: ofOld(segment) })) }
  const places = [
    ...segments.flatMap(({ departed, arrived }) => [departed.n, arrived?.n ?? departed.n]),
    ...states.map(({ n }) => n),
  ]
  for (const [index, segment] of segments.entries()) {
    yield { ...evidence, segments: segments.toSpliced(index, 1) }
    yield { ...evidence, segments: segments.toSpliced(index, 0, segment) }
    for (const changed of segmentVariations(segment, places))
      yield { ...evidence, segments: segments.with(index, changed) }
  }
  for (const [index, change] of states.entries()) {
    for (const n of places) yield { ...evidence, states: states.with(index, { ...change, n: n + 0.5 }) }
    yield { ...evidence, states: states.with(index, { ...change, tMs: change.tMs + 86_400_000 }) }
    yield { ...evidence, states: states.toSpliced(index, 0, { ...change, to: 'TIME_WAIT' }) }
  }
  for (const [index, reading] of readings.entries()) {
    yield { ...evidence, readings: readings.with(index, { ...reading, remainingMs: reading.remainingMs / 2 }) }
  }
}

/** Each SYN that has come has left a half-open connection behind. */
function leavingEntries(evidence: Evidence): Evidence {
  const syns = evidence.segments.filter(({ flags }) => flags.join() === 'SYN')
  const entries = syns.flatMap(({ to: host, connection, arrived }) => (arrived ? { ...arrived, host, connection } : []))
  const [first] = entries
  return {
    ...evidence,
    states: entries.map(entry => ({ ...entry, from: 'LISTEN', to: 'SYN_RCVD', witness: 'timer' })),
    readings: entries.map(entry => ({
      ...entry,
      tMs: first?.tMs ?? 0,
      state: 'SYN_RCVD',
      timer: 'retransmit',
      remainingMs: 1000,
    })),
  }
}

function* segmentVariations(segment: SeenSegment, places: readonly number[]): Generator<SeenSegment> {
  yield { ...segment, seq: 1 }
  yield { ...segment, seq: (segment.seq + 7) >>> 0 }
  yield { ...segment, ack: segment.ack === null ? null : (segment.ack + 7) >>> 0 }
  yield { ...segment, lost: null }
  yield { ...segment, length: segment.length + 1 }
  yield { ...segment, flags: [...segment.flags, 'ECE'] }
  yield { ...segment, flags: segment.flags.slice(0, 1) }
  for (const n of places) {
    yield { ...segment, departed: { ...segment.departed, n: n + 0.5 } }
    if (segment.arrived) yield { ...segment, arrived: { ...segment.arrived, n: n + 0.5 } }
  }
}
