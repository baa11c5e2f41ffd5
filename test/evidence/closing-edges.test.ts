import { describe, expect, it } from 'vitest'
import { findEdges } from '../../src/evidence/edges.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { perform } from '../ladder/perform.ts'

const after = (rows: string) =>
  perform(
    parseLadder(`
     client                                                server
  1. ESTABLISHED                                           ESTABLISHED
  ${rows}
`),
  )

/** Up to the server's TIME_WAIT: it has closed first. */
const SERVER_LEFT = `
  2.                                                       (Close)
     CLOSE-WAIT  <-- <SEQ=w><ACK=u><CTL=FIN,ACK>       <-- FIN-WAIT-1
  3. CLOSE-WAIT  --> <SEQ=u><ACK=w+1><CTL=ACK>         --> FIN-WAIT-2
  4. (Close)
     LAST-ACK    --> <SEQ=u><ACK=w+1><CTL=FIN,ACK>     --> TIME-WAIT
  5. CLOSED      <-- <SEQ=w+1><ACK=u+1><CTL=ACK>       <-- TIME-WAIT`

const HALF_CLOSED = `
  2. (Close)
     FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>       --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>         <-- CLOSE-WAIT`

const closing = (evidence: Evidence): Evidence => ({
  ...evidence,
  calls: evidence.calls.map(call => (call.call === 'end' ? { ...call, call: 'destroy' } : call)),
})

describe('edges of the closing', () => {
  it('tell data that a FIN takes along from data that has gone before', () => {
    const rows = (fin: string) => `
      2. (Close)
         FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>${fin} --> CLOSE-WAIT
      3.             <-- <SEQ=w><ACK=u+${fin === '' ? 1 : 4}><CTL=ACK> <-- CLOSE-WAIT`
    const [bare, laden] = [findEdges(after(rows(''))), findEdges(after(rows('<DATA=3>')))]
    expect(bare).toEqual(expect.arrayContaining(['E33', 'E35']))
    expect(bare).not.toContain('E34')
    expect(laden).toEqual(expect.arrayContaining(['E34', 'E36']))
    expect(laden).not.toContain('E33')
  })

  it('tell who still reads from who does not', () => {
    const heard = after(`${HALF_CLOSED}
  4.             <-- <SEQ=w><ACK=u+1><CTL=ACK><DATA=3> <-- CLOSE-WAIT
  5. FIN-WAIT-2  --> <SEQ=u+1><ACK=w+3><CTL=ACK>       --> CLOSE-WAIT`)
    expect(findEdges(heard)).toContain('E52')
    expect(findEdges(closing(heard))).not.toContain('E52')
    const refused = after(`${HALF_CLOSED}
  4. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK><DATA=3> <-- CLOSE-WAIT
  5. CLOSED      --> <SEQ=u+1><CTL=RST>                --> CLOSED`)
    expect(findEdges(closing(refused))).toContain('E53')
    expect(findEdges(refused)).not.toContain('E53')
  })

  it('tell a close with unread input from one with none', () => {
    const close = (ack: string) => `
  3.                                                       (Close)
     CLOSED      <-- <SEQ=w><ACK=${ack}><CTL=RST,ACK>  <-- CLOSED`
    const data = `
  2.             --> <SEQ=u><ACK=w><CTL=ACK><DATA=3>   --> ESTABLISHED`
    expect(findEdges(closing(after(`${data}${close('u+3')}`)))).toContain('E42')
    expect(findEdges(closing(after(close('u'))))).not.toContain('E42')
  })

  it('tell a newer SYN in TIME_WAIT from an older one, by all that had come', () => {
    const taken = after(`${SERVER_LEFT}
  6. (Open)
     SYN-SENT    --> <SEQ=u+7><CTL=SYN>                --> SYN-RECEIVED
  7. ESTABLISHED <-- <SEQ=y><ACK=u+8><CTL=SYN,ACK>     <-- SYN-RECEIVED`)
    expect(findEdges(taken)).toContain('E65')
    const answered = (syn: string) =>
      findEdges(
        after(`${SERVER_LEFT}
  6.             ... <SEQ=${syn}><CTL=SYN>               --> TIME-WAIT
  7. CLOSED      <-- <SEQ=w+1><ACK=u+1><CTL=ACK>       <-- TIME-WAIT`),
      )
    expect(answered('u-3')).toContain('E67')
    expect(answered('u+7')).not.toContain('E67')
  })

  it('tell a SYN in TIME_WAIT where nobody listens', () => {
    const answered = after(`${SERVER_LEFT}
  6.             ... <SEQ=u+7><CTL=SYN>                --> TIME-WAIT
  7. CLOSED      <-- <SEQ=w+1><ACK=u+1><CTL=ACK>       <-- TIME-WAIT`)
    expect(findEdges(answered)).not.toContain('E66')
    expect(findEdges({ ...answered, states: answered.states.filter(({ to }) => to !== 'LISTEN') })).toContain('E66')
  })

  it('show a call that takes the place of TIME_WAIT', () => {
    const again = after(`${HALF_CLOSED}
  4.                                                       (Close)
     TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>     <-- LAST-ACK
  5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>       --> CLOSED
  6. (Open)
     SYN-SENT    --> <SEQ=x><CTL=SYN>                  --> SYN-RECEIVED`)
    // Linux lets go of what stands for TIME_WAIT before it opens (tcp_twsk_unique).
    const states = again.states.flatMap(change =>
      change.from === 'TIME_WAIT'
        ? [
            { ...change, to: 'CLOSED' as const },
            { ...change, n: change.n + 0.5, from: 'CLOSED' as const },
          ]
        : [change],
    )
    expect(findEdges({ ...again, states })).toContain('E69')
  })

  it('show TIME_WAIT left out, where a FIN leads to nothing', () => {
    const rows = (state: string) => `${HALF_CLOSED}
  4.                                                       (Close)
     ${state}    <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>     <-- LAST-ACK
  5. ${state}    --> <SEQ=u+1><ACK=w+1><CTL=ACK>       --> CLOSED`
    expect(findEdges(after(rows('CLOSED')))).toContain('E70')
    expect(findEdges(after(rows('TIME-WAIT')))).not.toContain('E70')
  })

  it('show a FIN that waits for a window', () => {
    const rows = `
  2.             <-- <SEQ=w><ACK=u><CTL=ACK>           <-- ESTABLISHED
  3. (Close)
     FIN-WAIT-1  --> <SEQ=u-1><ACK=w><CTL=ACK>         --> ESTABLISHED
  4.             <-- <SEQ=w><ACK=u><CTL=ACK>           <-- ESTABLISHED
  5.             <-- <SEQ=w><ACK=u><CTL=ACK>           <-- ESTABLISHED
  6. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>       --> CLOSE-WAIT`
    const evidence = after(rows)
    const own = evidence.segments.filter(({ from, ack, flags }) => from === 'server' && ack && !flags.includes('SYN'))
    const [, , opens] = own
    const closed: Evidence = {
      ...evidence,
      segments: evidence.segments.map(segment =>
        own.includes(segment) && segment !== opens ? { ...segment, window: 0 } : segment,
      ),
    }
    expect(findEdges(closed)).toContain('E73')
    expect(findEdges(evidence)).not.toContain('E73')
  })
})
