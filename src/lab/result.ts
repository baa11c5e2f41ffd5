import type { Capture } from './capture.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { ClaimId } from './claim-texts.ts'
import type { Finding } from './lab.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** What one run of a lab, or of one of its cases, came to. */
export interface LabResult {
  readonly id: string
  readonly case: string | null
  readonly title: string
  readonly verdict: Verdict
  /** Why it is not a pass: whole sentences. */
  readonly reasons: readonly string[]
  readonly labMs: number
  readonly rows: readonly RowResult[]
  /** The ladder as it was observed, line by line. */
  readonly picture: readonly PictureLine[]
  readonly claims: readonly ClaimResult[]
  readonly numbers: readonly NumberResult[]
  /** The state machine's edges (transitions.ts) that the evidence shows. */
  readonly edges: readonly string[]
  readonly hosts: Readonly<Record<string, HostResult>>
  readonly evidence: Evidence
  /** The packets themselves, if they were asked for. */
  readonly capture: Capture | null
}

export interface RowResult {
  readonly n: number
  readonly label: string
  readonly expected: string
  readonly observed: string
  readonly ok: boolean
  readonly tMs: number | null
  readonly problems: readonly string[]
}

/** A number that the lab foretold of a host. */
export interface NumberResult {
  readonly host: string
  /** A counter of its kernel, or `half-open`. */
  readonly what: string
  readonly expected: number
  /** Null where nothing has told. */
  readonly observed: number | null
  readonly ok: boolean
}

export interface PictureLine {
  readonly text: string
  readonly kind: 'ok' | 'failed' | 'extra' | 'plain'
}

export interface ClaimResult {
  readonly id: ClaimId
  readonly text: string
  readonly expected: Finding
  readonly finding: Finding | 'inconclusive'
  readonly ok: boolean
  readonly why: string | null
  /** Places in the evidence's one order that the finding rests on. */
  readonly evidence: readonly number[]
}

interface HostResult {
  readonly address: string
  readonly pid: number
  readonly networkNamespace: string
  readonly container?: { readonly id: string; readonly name: string }
  readonly sysctls: Readonly<Record<string, string>>
}

/** The result of a lab of which nothing is left but the reason. */
export function undecided(id: string, name: string | null, title: string, reason: string): LabResult {
  return {
    id,
    case: name,
    title,
    verdict: 'inconclusive',
    reasons: [reason],
    labMs: 0,
    rows: [],
    picture: [],
    claims: [],
    numbers: [],
    edges: [],
    hosts: {},
    evidence: {
      hosts: {},
      segments: [],
      states: [],
      calls: [],
      readings: [],
      timers: [],
      counters: {},
      captureDrops: 0,
      gaps: [reason],
    },
    capture: null,
  }
}
