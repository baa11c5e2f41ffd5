import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { Seen } from '../../src/lab/seen.ts'
import { matchLadder } from '../../src/ladder/match.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { HANDSHAKE } from '../ladder/figures.ts'
import { CONNECTION, HOSTS, perform } from '../ladder/perform.ts'

const LATER = CONNECTION.replace(':40000', ':40001')

/** The same exchange once more, from the next port. */
function twice(evidence: Evidence): Evidence {
  const after =
    1 + Math.max(...evidence.segments.map(({ arrived }) => arrived?.n ?? 0), ...evidence.states.map(({ n }) => n))
  const later = <T extends { readonly n: number; readonly connection: string | null }>(entries: readonly T[]): T[] =>
    entries
      .filter(({ connection }) => connection === CONNECTION)
      .map(entry => ({ ...entry, n: entry.n + after, connection: LATER }))
  const shifted = evidence.segments.map(segment => ({
    ...segment,
    id: segment.id + evidence.segments.length,
    connection: LATER,
    departed: { ...segment.departed, n: segment.departed.n + after },
    arrived: segment.arrived && { ...segment.arrived, n: segment.arrived.n + after },
  }))
  return {
    ...evidence,
    segments: [...evidence.segments, ...shifted],
    states: [...evidence.states, ...later(evidence.states)],
    calls: [...evidence.calls, ...later(evidence.calls)],
  }
}

describe('a claim may ask about every connection', () => {
  const ladder = parseLadder(HANDSHAKE)
  const evidence = twice(perform(ladder))
  const seen = new Seen(evidence, matchLadder(ladder, evidence, { peers: HOSTS }))

  it('each with its own segments, in the order in which they began', () => {
    expect(seen.connections().map(each => each.segments().map(({ flags }) => flags))).toEqual([
      ['SYN', 'SYN,ACK', 'ACK'],
      ['SYN', 'SYN,ACK', 'ACK'],
    ])
    const [first, second] = seen.connections()
    expect(first?.segment({ flags: 'ACK' }).departed.before(second!.segment({ flags: 'SYN' }).departed)).toBe(true)
  })

  it("each with its hosts' states", () => {
    const [first, second] = seen.connections()
    expect(second?.client.established.after(first!.client.established)).toBe(true)
    expect(second?.server.wasIn('SYN_RCVD')).toBe(true)
  })

  it("while what is not said of one is said of the ladder's", () => {
    expect(seen.segments()).toHaveLength(3)
    expect(seen.client.changes.every(({ connection }) => connection === CONNECTION)).toBe(true)
  })

  it('and what was looked at there is noted as well', () => {
    const other = new Seen(evidence, matchLadder(ladder, evidence, { peers: HOSTS }))
    const moment = other.connections()[1]?.client.established
    expect(other.looked()).toContain(moment?.instant.n)
  })
})
