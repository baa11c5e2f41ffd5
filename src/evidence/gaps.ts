import type { Evidence } from './evidence.ts'

/**
 * A run checks itself: what was captured must agree with what each kernel counted. Linux counts retransmissions apart
 * from other departures (TcpRetransSegs, TcpOutSegs), and arrivals whether or not they were of use (TcpInSegs).
 */
export function findGaps(evidence: Evidence, known: readonly string[] = []): string[] {
  const gaps = [...known]
  for (const [host, counters] of Object.entries(evidence.counters)) {
    const departures = evidence.segments.filter(({ from }) => from === host).length
    const arrivals = evidence.segments.filter(({ to, arrived }) => to === host && arrived).length
    const sent = counters.outSegs + counters.retransSegs
    if (departures !== sent) gaps.push(`${host}'s kernel counts ${sent} departures, captured were ${departures}.`)
    if (arrivals !== counters.inSegs)
      gaps.push(`${host}'s kernel counts ${counters.inSegs} arrivals, captured were ${arrivals}.`)
  }
  const isOver = Object.keys(evidence.counters).length > 0
  const underWay = evidence.segments.filter(({ arrived, lost }) => !arrived && !lost).length
  if (isOver && underWay > 0) gaps.push(`What became of ${underWay} segments was not seen.`)
  if (evidence.captureDrops > 0) gaps.push(`The sniffers had no room for ${evidence.captureDrops} segments.`)
  return gaps
}
