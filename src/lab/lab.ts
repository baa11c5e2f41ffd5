import type { Guard } from '../host/guard.ts'
import type { Link } from '../host/netem.ts'
import type { Departure } from '../ladder/match.ts'
import type { Foretold } from '../tcp/listen-queue.ts'
import type { ClaimId } from './claim-texts.ts'
import type { FloodSpec } from './flood-plan.ts'
import type { Seen } from './seen.ts'
import type { Stage } from './stage.ts'

/** What a lab file says. What differs between cases need stand only there. */
type LabFileSpec =
  | (LabSpec & { readonly cases?: Cases<Partial<LabSpec>> })
  | (Omit<LabSpec, 'ladder'> & { readonly cases: Cases<Partial<LabSpec> & Pick<LabSpec, 'ladder'>> })
  | (Omit<LabSpec, 'ladder' | 'play'> & { readonly cases: Cases<Partial<LabSpec> & Pick<LabSpec, 'ladder' | 'play'>> })

/** The lab once for each of these, with what it names put in place of the lab's own. Claims are added. */
type Cases<Change> = Readonly<Record<string, Change>>

/** All that one run of a lab needs to know. */
export interface LabSpec {
  readonly title: string
  /** What a student should take away, in a few sentences. */
  readonly lesson: string
  /** What the wire does to every segment, in each direction. */
  readonly link?: Link
  /** Further hosts beside client and server: `['attacker']`. */
  readonly hosts?: readonly string[]
  /** Kernel settings, by host, that differ from the pinned ones. */
  readonly sysctls?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Hosts that the wire stands before with a SYN proxy of nftables, and what that is told of them. */
  readonly guard?: Readonly<Record<string, Guard>>
  /** The flood that the play may send. It is told of before its first packet, and by --dry-run. */
  readonly flood?: FloodSpec
  /** What hosts' kernels will have held and counted by the end, to the last one. */
  readonly foretold?: Readonly<Record<string, Foretold>>
  /** The textbook's picture: see docs/labs.md. */
  readonly ladder: string
  /** Other pictures that are as good, where it is up to a program which one comes true. */
  readonly orElse?: readonly string[]
  /** Where Linux is known to do something else than the picture says. */
  readonly departs?: readonly Departure[]
  /** Whether further copies of a row's segment may come: for links that lose by chance. */
  readonly repeats?: 'allowed' | 'forbidden'
  /** What the programs do. The runner waits for the picture's last row by itself. */
  play(stage: Stage): Promise<void>
  readonly claims?: Readonly<Partial<Record<ClaimId, ClaimCheck>>>
  /** How long, on the lab's clock, the picture may stand still before the run is over. */
  readonly within?: string
  /** What not every testbed has. A delay or a loss needs netem without saying so. */
  readonly needs?: readonly Need[]
  /** What a sniffer is given to work with; a test makes it too little. */
  readonly sniffers?: Readonly<Record<string, SnifferSpec>>
}

/** Without virtual time a lab of hours would take hours. */
type Need = 'virtual time'

interface SnifferSpec {
  readonly receiveBufferBytes?: number
  /** Begins to listen only so long after the play has begun. */
  readonly startsAfter?: string
}

export type Finding = 'holds' | 'refuted' | 'depends'

export interface ClaimCheck {
  readonly expected: Finding
  readonly judge: (seen: Seen) => boolean
}

export interface Lab {
  readonly spec: LabFileSpec
}

export function lab(spec: LabFileSpec): Lab {
  return { spec }
}

/** The kernel is expected to bear the claim out. */
export function holds(judge: ClaimCheck['judge']): ClaimCheck {
  return { expected: 'holds', judge }
}

/** The kernel is expected to contradict it. */
export function refuted(judge: ClaimCheck['judge']): ClaimCheck {
  return { expected: 'refuted', judge }
}

/** The kernel is expected to bear it out in some of the lab's cases, and to contradict it in others. */
export function depends(judge: ClaimCheck['judge']): ClaimCheck {
  return { expected: 'depends', judge }
}

/** One run of a lab: the lab itself, or one of its cases. */
export interface LabCase {
  readonly id: string
  readonly name: string | null
  readonly spec: LabSpec
}

export function casesOf(id: string, { spec }: Lab): LabCase[] {
  const { cases, ...common } = spec
  if (!cases) return [{ id, name: null, spec: common as LabSpec }]
  return Object.entries(cases).map(([name, change]) => {
    const claims = { ...common.claims, ...change.claims }
    return { id, name, spec: { ...common, ...change, claims } as LabSpec }
  })
}
