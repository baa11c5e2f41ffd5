import type { Evidence, SeenSegment } from './evidence.ts'
import { DAMAGED } from './packets.ts'

/**
 * A run checks itself: what was captured must agree with what each kernel counted. Arrivals are TCP's own count, whether
 * or not they were of use (TcpInSegs). Departures are the device's: TcpOutSegs and TcpRetransSegs together count a
 * repeated SYN+ACK twice (tcp_rtx_synack) and that of a simultaneous open not at all (__tcp_transmit_skb).
 */
export function findGaps(evidence: Evidence, known: readonly string[] = []): string[] {
  const gaps = [...known]
  for (const [host, counters] of Object.entries(evidence.counters)) {
    const departures = evidence.segments.filter(({ from, copyOf }) => from === host && copyOf === undefined).length
    const arrivals = evidence.segments.filter(
      ({ to, arrived, lost }) => to === host && (arrived ?? isDamaged(lost)),
    ).length
    if (departures !== counters.left)
      gaps.push(`${host}'s kernel counts ${counters.left} departures, captured were ${departures}.`)
    if (arrivals !== counters.inSegs)
      gaps.push(`${host}'s kernel counts ${counters.inSegs} arrivals, captured were ${arrivals}.`)
  }
  const isOver = Object.keys(evidence.counters).length > 0
  const underWay = evidence.segments.filter(({ arrived, lost }) => !arrived && !lost).length
  if (isOver && underWay > 0) gaps.push(`What became of ${underWay} segments was not seen.`)
  if (evidence.captureDrops > 0) gaps.push(`The sniffers had no room for ${evidence.captureDrops} segments.`)
  return gaps
}

/** TCP counts what comes in before it looks at the checksum. */
function isDamaged(lost: SeenSegment['lost']): boolean {
  return lost?.by === DAMAGED.by
}
