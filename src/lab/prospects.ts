import type { Evidence, SeenSegment } from '../evidence/evidence.ts'
import { TABLE_TIMERS } from '../evidence/timeline.ts'
import type { LadderMatch } from '../ladder/match.ts'
import type { TestbedHost } from '../testbed/testbed.ts'

/** Something that may yet happen by itself, in words; and when, where that is known. */
interface Prospect {
  readonly what: string
  readonly inMs: number | null
}

/** What a run knows that no evidence tells. */
interface Circumstances {
  readonly hosts: readonly TestbedHost[]
  readonly slowestMs: number
  /** Null once it is over. A play that awaits nothing is at work. */
  readonly play: { readonly awaits: readonly string[] } | null
  readonly programsAt: readonly string[]
}

/** All that may yet happen by itself. */
export async function prospectsOf(
  { evidence, match }: { readonly evidence: Evidence; readonly match: LadderMatch },
  { hosts, slowestMs, play, programsAt }: Circumstances,
): Promise<Prospect[]> {
  const isAtWork = play !== null && play.awaits.length === 0
  return [
    ...(isAtWork ? [{ what: 'the play', inMs: null }] : []),
    ...programsAt.map(host => ({ what: `${host}'s program`, inMs: null })),
    ...underWay(evidence, slowestMs),
    ...(await timersAt(hosts, match, play !== null)),
  ]
}

/** For whoever looks on and sees nothing happen. */
export function waitText(prospects: readonly Prospect[], patienceMs: number): string {
  const words = prospects.map(({ what, inMs }) => (inMs === null ? what : `${what} (${secondsOf(inMs)})`))
  return `Nothing happens. It waits for ${[...new Set(words)].join(', ')}: ${secondsOf(patienceMs)} at most.`
}

function secondsOf(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

/**
 * The timers that run at hosts, by their socket tables, if they can bring about what the picture has next: by themselves, or,
 * while the play goes on, by what it does then.
 */
async function timersAt(hosts: readonly TestbedHost[], match: LadderMatch, isPlaying: boolean): Promise<Prospect[]> {
  const found = await Promise.all(
    hosts.map(async ({ place, agent }) =>
      (await agent.socketTable()).flatMap(({ timer: code, remainingMs }) => {
        const timer = TABLE_TIMERS[code] ?? 'none'
        return [{ what: `${place.name}'s ${WORDS[timer]} timer`, inMs: remainingMs, timer }]
      }),
    ),
  )
  const isForSegment = !isPlaying && awaitsSegment(match)
  // The end of TIME-WAIT is told to nobody (tw_timer_handler, net/ipv4/inet_timewait_sock.c).
  return found.flat().filter(({ timer }) => timer !== 'none' && !(timer === 'timewait' && isForSegment))
}

function awaitsSegment({ rows }: LadderMatch): boolean {
  const next = rows.find(({ verdict }) => verdict === 'waiting')
  return !!next?.row.segment && next.segment === null
}

const WORDS = {
  none: '',
  retransmit: 'retransmission',
  keepalive: 'keepalive',
  timewait: 'TIME-WAIT',
  probe: 'zero-window',
} as const

/** What is on the link for longer than that holds anything back is not seen to land any more, unless the play lets go of it. */
function underWay({ segments, untilMs = 0 }: Evidence, slowestMs: number): Prospect[] {
  const isOn = segments.some(segment => !isDone(segment) && untilMs - segment.departed.tMs < slowestMs + LATE_MS)
  return isOn ? [{ what: 'a segment that is under way', inMs: null }] : []
}

/** How late its arrival may be told, on a busy machine. */
const LATE_MS = 2000

export function hasLanded({ segments }: Evidence): boolean {
  return segments.every(isDone)
}

function isDone({ arrived, lost }: SeenSegment): boolean {
  return (arrived ?? lost) !== null
}
