import { lab, type Stage } from 'handwave'

export default lab({
  title: 'A call to one who is leaving',
  lesson: `The server closed first and is in TIME-WAIT, and from the same port a SYN comes. Is it a new call, or an
old SYN that lay about in the network? Its number tells. If that is higher than all that the old connection used, it
can only be a new call, and RFC 9293 (3.6.1) allows the server to take it: TIME-WAIT gives way (the first case). If it
is lower, the answer is an ACK that says what the server knows, and TIME-WAIT stays (the second).

If the call is new, but nobody listens any more (the third), one would expect to be refused. Linux keeps to the letter
of RFC 9293 (3.10.7.4) and answers with that same ACK, to which the caller can only say RST: that ends TIME-WAIT, and
whoever calls again is refused at last.`,

  async play(stage) {
    await serverLeaves(stage)
    // The port that the first connection had.
    await stage.client.startConnecting(stage.server, { fromPort: 40_000 })
  },
  ladder: `
       client                                               server
    1. CLOSE-WAIT                                           FIN-WAIT-2
    2. (Close)
       LAST-ACK    --> <SEQ=u><ACK=w><CTL=FIN,ACK>          --> TIME-WAIT
    3. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK>            <-- TIME-WAIT
    4. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> SYN-RECEIVED
    5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
    6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> ESTABLISHED
  `,

  cases: {
    newer: {},
    older: {
      async play(stage) {
        await serverLeaves(stage)
        await stage.wire.inject({ row: 4 })
      },
      ladder: `
           client                                               server
        1. CLOSE-WAIT                                           FIN-WAIT-2
        2. (Close)
           LAST-ACK    --> <SEQ=u><ACK=w><CTL=FIN,ACK>          --> TIME-WAIT
        3. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK>            <-- TIME-WAIT
        4. (duplicate) ... <SEQ=u-1><CTL=SYN>                   --> TIME-WAIT
        5. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK>            <-- TIME-WAIT
      `,
    },
    'nobody-listens': {
      async play(stage) {
        const listener = await serverLeaves(stage)
        await listener.close()
        await stage.client.startConnecting(stage.server, { fromPort: 40_000 })
      },
      ladder: `
           client                                               server
        1. CLOSE-WAIT                                           FIN-WAIT-2
        2. (Close)
           LAST-ACK    --> <SEQ=u><ACK=w><CTL=FIN,ACK>          --> TIME-WAIT
        3. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK>            <-- TIME-WAIT
        4. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> TIME-WAIT
        5. SYN-SENT    <-- <SEQ=w><ACK=u+1><CTL=ACK>            <-- TIME-WAIT
        6. SYN-SENT    --> <SEQ=u+1><CTL=RST>                   --> CLOSED
        7. SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> CLOSED
        8. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>        <-- CLOSED
      `,
    },
  },
})

/** The server goes first: it is in TIME_WAIT then, and its listener still there. */
async function serverLeaves({ client, server, ladder, wait }: Stage) {
  const listener = await server.listen()
  const near = await client.connect(server)
  const far = await listener.accept(near)
  await far.end()
  await near.ended()
  // By then the FIN is acknowledged, however long that is delayed.
  await wait('100ms')
  await near.end()
  await ladder.row(3)
  return listener
}
