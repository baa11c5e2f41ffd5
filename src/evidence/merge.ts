import { mergeUntraced } from './by-tables.ts'
import { mergeTraced } from './by-trace.ts'
import type { Evidence } from './evidence.ts'
import type { Observations } from './observations.ts'
import type { Merged } from './timeline.ts'

/** One timeline from all witnesses, and of each segment the packet that it was. */
export function mergeSightings(observations: Observations): Merged {
  return observations.trace === null ? mergeUntraced(observations) : mergeTraced(observations)
}

export function mergeEvidence(observations: Observations): Evidence {
  return mergeSightings(observations).evidence
}
