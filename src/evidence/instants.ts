import type { Evidence, Instant } from './evidence.ts'

/** Stamps this close together are one moment: what one event sets off in a kernel takes no time on the lab's clock. */
const SAME_MOMENT_MS = 0.001
/** Programs that act at the same time do so one after the other, and so does whoever tells them to: on one machine. */
const AT_ONCE_MS = 1

export function sameMoment(a: Instant, b: Instant): boolean {
  const doubt = (a.uncertainMs ?? 0) + (b.uncertainMs ?? 0)
  // Stamps are differences of doubles: half a nanosecond more, so that one microsecond is not now in, now out.
  return Math.abs(a.tMs - b.tMs) <= SAME_MOMENT_MS + doubt + 5e-7
}

/** Whether two hosts act at once, as far as anybody can tell from outside: which was first by a hair is chance. */
export function atOnce(a: Instant, b: Instant, { atOnceMs = AT_ONCE_MS }: Pick<Evidence, 'atOnceMs'>): boolean {
  const doubt = (a.uncertainMs ?? 0) + (b.uncertainMs ?? 0)
  return Math.abs(a.tMs - b.tMs) <= atOnceMs + doubt
}

/** The latest stamp of all: what is older than this can be added to only from another place. */
export function latest(evidence: Evidence): Instant | null {
  let last: Instant | null = null
  const look = (instant: Instant | null) => {
    if (instant && (!last || instant.n > last.n)) last = instant
  }
  for (const { departed, arrived } of evidence.segments) {
    look(departed)
    look(arrived)
  }
  for (const entry of [
    evidence.states,
    evidence.calls,
    evidence.readings,
    evidence.timers,
    evidence.complaints ?? [],
  ].flat())
    look(entry)
  return last
}
