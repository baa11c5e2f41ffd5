import type { Flag } from '../tcp/segment.ts'
import { TRANSITIONS } from '../tcp/transitions.ts'
import type { Transition } from '../tcp/transition.ts'
import type { CaseRecord } from './case-record.ts'

/** One edge of the state machine, and whether labs have shown it. */
export interface CoveredEdge {
  readonly id: string
  readonly from: readonly string[]
  readonly event: string
  readonly to: string
  /** Of RFC 9293; null where none rules it. */
  readonly section: string | null
  readonly status: 'shown' | 'not shown' | 'unreachable'
  /** What Linux does instead, where it is known to deviate. */
  readonly deviation: {
    readonly states: readonly string[]
    readonly sends: readonly Flag[]
    readonly how: string
  } | null
  /** A sentence on why it was not shown. */
  readonly why: string | null
  readonly shownBy: readonly { readonly lab: string; readonly case: string | null }[]
}

export function edgeCoverage(records: readonly CaseRecord[]): CoveredEdge[] {
  return TRANSITIONS.map(transition => {
    const { id, from, event, to, rfc } = transition
    const shownBy = records
      .filter(({ edges }) => edges.includes(id))
      .map(({ lab, case: name }) => ({ lab, case: name }))
    const status = shownBy.length > 0 ? 'shown' : transition.linux === 'impossible' ? 'unreachable' : 'not shown'
    return {
      id,
      from: typeof from === 'string' ? [from] : from,
      event: event.text,
      to,
      section: rfc,
      status,
      deviation: deviationOf(transition),
      why: whyNot(transition, status),
      shownBy,
    }
  })
}

function deviationOf({ linux, linuxTo, linuxSends, sends, note }: Transition): CoveredEdge['deviation'] {
  if (linux !== 'deviates') return null
  return { states: linuxTo ?? [], sends: linuxSends ?? sends, how: note ?? '' }
}

function whyNot({ note }: Transition, status: CoveredEdge['status']): string | null {
  if (status === 'shown') return null
  return status === 'unreachable' ? `${note ?? ''}.` : 'No lab of those that were run shows it.'
}
