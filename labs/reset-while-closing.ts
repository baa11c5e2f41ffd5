import { lab, type Stage } from 'handwave'

export default lab({
  title: 'A slammed door at each step of the goodbye',
  lesson: `Saying goodbye is not being gone. As long as a side is not CLOSED, a RST with just the number that it
expects ends it at once, whichever step of the goodbye it is at: FIN-WAIT-1 or 2, CLOSE-WAIT, CLOSING, LAST-ACK. (Each
case is named after the step at which the RST comes.) So it goes when a program has half-closed and then loses
patience, or is killed with input unread. Nobody waits in TIME-WAIT after that: a RST is not acknowledged. What the
other program is told differs: ECONNRESET, but EPIPE in CLOSE-WAIT.`,

  // Two hosts that act within a millisecond would act at once: hence the delay, and the pauses.
  link: { delay: '20ms' },
  play: clientEnds('aborted by the server'),

  cases: {
    'fin-wait-2': {
      ladder: `
           client                                                  server
        1. ESTABLISHED                                             ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
        4.                                                         (Abort)
           CLOSED      <-- <SEQ=w><ACK=u+1><CTL=RST,ACK>           <-- CLOSED
      `,
    },
    'close-wait': {
      play: clientEnds('aborted by the client'),
      ladder: `
           client                                                  server
        1. ESTABLISHED                                             ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
        4. (Abort)
           CLOSED      --> <SEQ=u+1><ACK=w><CTL=RST,ACK>           --> CLOSED
      `,
    },
    closing: {
      async play({ client, server, wire, ladder, wait }) {
        const [near, far] = await client.connectTo(server)
        await wire.hold({ row: 5 })
        await far.end()
        await wait('10ms')
        await near.end()
        await ladder.row(7)
        await near.reset()
      },
      ladder: `
           client                                                  server
        1. CLOSED                                                  LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
        5.                                                         (Close)
                       ... <SEQ=y+1><ACK=x+1><CTL=FIN,ACK>         <-- FIN-WAIT-1
        6. (Close)
           FIN-WAIT-1  --> <SEQ=x+1><ACK=y+1><CTL=FIN,ACK>         --> CLOSING
        7. FIN-WAIT-2  <-- <SEQ=y+2><ACK=x+2><CTL=ACK>             <-- CLOSING
        8. (Abort)
           CLOSED      --> <SEQ=x+2><ACK=y+1><CTL=RST,ACK>         --> CLOSED
      `,
    },
    'last-ack': {
      async play({ client, server, wire, ladder, wait }) {
        const [near, far] = await client.connectTo(server)
        await near.end()
        await ladder.row(3)
        await wire.hold({ row: 4 })
        await far.end()
        await wait('10ms')
        await near.reset()
      },
      ladder: `
           client                                                  server
        1. ESTABLISHED                                             ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
        4.                                                         (Close)
                       ... <SEQ=w><ACK=u+1><CTL=FIN,ACK>           <-- LAST-ACK
        5. (Abort)
           CLOSED      --> <SEQ=u+1><ACK=w><CTL=RST,ACK>           --> CLOSED
      `,
    },
  },
})

function clientEnds(then: 'aborted by the client' | 'aborted by the server') {
  return async ({ client, server, ladder }: Stage) => {
    const [near, far] = await client.connectTo(server)
    await near.end()
    await ladder.row(3)
    await (then === 'aborted by the client' ? near : far).reset()
  }
}
