import { describe, expect, it } from 'vitest'
import type { CaseRecord } from '../../src/lab/case-record.ts'
import { edgeCoverage } from '../../src/lab/edge-coverage.ts'
import { TRANSITIONS } from '../../src/tcp/transitions.ts'

const record = (lab: string, name: string | null, ...edges: string[]): CaseRecord => ({
  schema: 'handwave/case@1',
  lab,
  case: name,
  source: '',
  at: '',
  claims: [],
  edges,
})
const edge = (id: string, ...records: CaseRecord[]) => edgeCoverage(records).find(covered => covered.id === id)

describe('the coverage of edges', () => {
  it('has all of them, in order', () => {
    expect(edgeCoverage([]).map(({ id }) => id)).toEqual(TRANSITIONS.map(({ id }) => id))
    expect(edgeCoverage([]).filter(({ status }) => status === 'shown')).toEqual([])
  })

  it('names the labs that show one', () => {
    expect(edge('E05', record('a', null, 'E05'), record('b', 'x', 'E02'), record('b', 'y', 'E05', 'E02'))).toEqual({
      id: 'E05',
      from: ['LISTEN'],
      event: 'SYN, answers SYN+ACK',
      to: 'SYN_RCVD',
      section: '3.10.7.2',
      status: 'shown',
      deviation: null,
      why: null,
      shownBy: [
        { lab: 'a', case: null },
        { lab: 'b', case: 'y' },
      ],
    })
  })

  it('says what Linux does instead', () => {
    expect(edge('E51', record('a', null, 'E51'))).toMatchObject({
      status: 'shown',
      deviation: { states: ['FIN_WAIT_2', 'TIME_WAIT'], sends: ['ACK'], how: 'Through FIN_WAIT_2' },
    })
    expect(edge('E10')).toMatchObject({ status: 'not shown', deviation: { states: ['LISTEN'], sends: [] } })
  })

  it('says why one is not shown', () => {
    expect(edge('E05')).toMatchObject({ status: 'not shown', why: 'No lab of those that were run shows it.' })
    expect(edge('E06')).toMatchObject({ status: 'unreachable', why: expect.stringContaining('Linux has no such call') })
  })
})
