import { describe, expect, it } from 'vitest'
import { findEdges } from '../../src/evidence/edges.ts'
import type { Evidence, SocketCall } from '../../src/evidence/evidence.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { type Performance, perform } from '../ladder/perform.ts'

const edgesOf = (rows: string, performance: Performance = {}) => findEdges(evidenceOf(rows, performance))
const evidenceOf = (rows: string, performance: Performance = {}) =>
  perform(parseLadder(`\n     client                                           server\n${rows}`), performance)

const CALLED = `
  1. CLOSED                                           LISTEN
  2. SYN-SENT     --> <SEQ=x><CTL=SYN>            --> SYN-RECEIVED
  3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> <-- SYN-RECEIVED
  4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK> XXX SYN-RECEIVED`
const BOTH_CALL = `
  1. CLOSED                                           CLOSED
  2. SYN-SENT     --> <SEQ=x><CTL=SYN>            XXX
  3. SYN-RECEIVED <-- <SEQ=y><CTL=SYN>            <-- SYN-SENT
  4. SYN-RECEIVED --> <SEQ=x><ACK=y+1><CTL=SYN,ACK> --> ESTABLISHED`

/** The same, and then a call of the server's. */
function withCall(evidence: Evidence, call: SocketCall['call']): Evidence {
  const made = { n: 98, tMs: 98, host: 'server', connection: null, call }
  return { ...evidence, calls: [...evidence.calls, made] }
}

describe('edges of the opening', () => {
  it('tell a RST for who was called from one for who has called', () => {
    const passive = edgesOf(`${CALLED}
  5.              ... <SEQ=x+1><CTL=RST>          --> LISTEN`)
    expect(passive).toContain('E25')
    expect(passive).not.toContain('E26')
    const active = edgesOf(`${BOTH_CALL}
  5. CLOSED       <-- <SEQ=y+1><CTL=RST>          ...`)
    expect(active).toContain('E26')
    expect(active).not.toContain('E25')
  })

  it('have both calls cross in SYN+ACKs whose number had come with a SYN', () => {
    const crossed = (number: string) =>
      edgesOf(`${BOTH_CALL}
  5. ESTABLISHED  <-- <SEQ=${number}><ACK=x+1><CTL=SYN,ACK> ...`)
    expect(crossed('y')).toContain('E22')
    expect(crossed('y+7')).not.toContain('E22')
  })

  it('wait for what Linux puts off', () => {
    const half = (rows: string) =>
      edgesOf(`${BOTH_CALL}
  5. (Close)
     SYN-RECEIVED                                     ESTABLISHED
  6. ESTABLISHED  <-- <SEQ=y+1><ACK=x+1><CTL=ACK> <-- ESTABLISHED
  ${rows}`)
    const fin = '7. FIN-WAIT-1 --> <SEQ=x+1><ACK=y+1><CTL=FIN,ACK> --> CLOSE-WAIT'
    expect(half(fin)).toContain('E24')
    expect(half('')).not.toContain('E24')
  })

  it('tell an old SYN, whose successor is out, from any other', () => {
    const rst = (before: string) => `
  1. CLOSED                                           LISTEN
  ${before}
  3.              ... <SEQ=90><CTL=SYN>         --> SYN-RECEIVED
  4. SYN-SENT     <-- <SEQ=y><ACK=91><CTL=SYN,ACK> <-- SYN-RECEIVED
  5. SYN-SENT     --> <SEQ=91><CTL=RST>         --> LISTEN`
    expect(edgesOf(rst('2. SYN-SENT     --> <SEQ=100><CTL=SYN>        ...'))).toContain('E72')
    const newer = edgesOf(rst('2. SYN-SENT     --> <SEQ=80><CTL=SYN>        ...'))
    expect(newer).toContain('E25')
    expect(newer).not.toContain('E72')
  })

  it('tell a peer that has forgotten from one that resets', () => {
    const forgotten = evidenceOf(`
  1. CLOSED                                           ESTABLISHED
  2. CLOSED       <-- <SEQ=w><ACK=u><CTL=ACK><DATA=3> <-- ESTABLISHED
  3. CLOSED       --> <SEQ=u><CTL=RST>            --> CLOSED`)
    const past = { n: -1, tMs: -400, host: 'client', connection: forgotten.segments[0]?.connection ?? '' }
    const crashed = { ...past, from: 'ESTABLISHED', to: 'CLOSED', witness: 'tracepoint' } as const
    expect(findEdges({ ...forgotten, states: [crashed, ...forgotten.states] })).toContain('E71')
    expect(findEdges(forgotten)).not.toContain('E71')
    const reset = edgesOf(`
  1. ESTABLISHED                                      ESTABLISHED
  2. (Abort)
     CLOSED       --> <SEQ=u><ACK=w><CTL=RST,ACK> --> CLOSED`)
    expect(reset).not.toContain('E71')
  })

  it('call dropped only what has no answer', () => {
    const answered = (answer: string) =>
      edgesOf(`
  1. CLOSED                                           LISTEN
  2.              ... <SEQ=x><CTL=SYN,FIN>        --> LISTEN
  ${answer}`)
    expect(answered('')).toContain('E10')
    expect(answered('3.              <-- <SEQ=0><ACK=x+2><CTL=RST,ACK> <-- LISTEN')).not.toContain('E10')
  })

  it('know a cookie by its coming back', () => {
    const cookie = (ack: string) =>
      edgesOf(`
  1. CLOSED                                           LISTEN
  2. SYN-SENT     --> <SEQ=x><CTL=SYN>            --> LISTEN
  3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> <-- LISTEN
  4. ESTABLISHED  --> <SEQ=x+1><ACK=${ack}><CTL=ACK> --> ESTABLISHED`)
    expect(cookie('y+1')).toContain('E11')
    expect(cookie('y+2')).not.toContain('E11')
  })

  it('see a listener close, and its request stay', () => {
    const waiting = evidenceOf(CALLED)
    expect(findEdges(withCall(waiting, 'unlisten'))).toContain('E32')
    expect(findEdges(waiting)).not.toContain('E32')
    const connection = waiting.states.find(({ to }) => to === 'LISTEN')?.connection ?? ''
    const closed = { n: 99, tMs: 99, host: 'server', connection, from: 'LISTEN', to: 'CLOSED' } as const
    const over: Evidence = { ...waiting, states: [...waiting.states, { ...closed, witness: 'tracepoint' }] }
    expect(findEdges(withCall(over, 'unlisten'))).toContain('E07')
    expect(findEdges(over)).not.toContain('E07')
  })
})
