import { lab, type Stage } from 'handwave'

export default lab({
  title: 'Second thoughts, half way into a connection',
  lesson: `A side that has heard the other's SYN and answered it is in SYN-RECEIVED. Mostly that is a server, whose
program does not know yet. Here it is a caller who was called by the very one that it calls (simultaneous-open), and
its program has the socket in hand. May it still think better of it?

It may close (the first case): the FIN goes out at once, and its number says that the SYN came before it. RFC 9293 has
a half-close do the same. Linux puts that off until the handshake is complete (the second), because before it is not
ready to take what the other side will go on to say. And should the other side end it by a RST (the third), the
program hears "connection reset" from Linux; RFC 9293 would have it hear "refused", for it called.`,

  ladder: `
       client                                               server
    1. CLOSED                                               CLOSED
    2. SYN-SENT     --> <SEQ=100><CTL=SYN>              XXX
    3. SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT
    4. SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
    5.              ... <SEQ=301><ACK=101><CTL=ACK>     <-- ESTABLISHED
    6. (Close)
       FIN-WAIT-1   --> <SEQ=101><ACK=301><CTL=FIN,ACK> --> CLOSE-WAIT
  `,

  async play(stage) {
    await stage.wire.lose({ row: 2 })
    const { near } = await halfWay(stage)
    await near.destroy()
  },

  cases: {
    closes: {},
    'half-closes': {
      ladder: `
           client                                               server
        1. CLOSED                                               CLOSED
        2. SYN-SENT     --> <SEQ=100><CTL=SYN>              XXX
        3. SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT
        4. SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
        5.              ... <SEQ=301><ACK=101><CTL=ACK>     <-- ESTABLISHED
        6. (Close)
           SYN-RECEIVED                                         ESTABLISHED
        7. ESTABLISHED  <-- <SEQ=301><ACK=101><CTL=ACK>     ...
        8. FIN-WAIT-1   --> <SEQ=101><ACK=301><CTL=FIN,ACK> --> CLOSE-WAIT
        9. FIN-WAIT-2   <-- <SEQ=301><ACK=102><CTL=ACK>     <-- CLOSE-WAIT
       10.                                                      (Close)
           TIME-WAIT    <-- <SEQ=301><ACK=102><CTL=FIN,ACK> <-- LAST-ACK
      `,
      async play(stage) {
        await stage.wire.lose({ row: 2 })
        const { near, far, ack } = await halfWay(stage)
        await near.end()
        await ack.release()
        await stage.ladder.row(9)
        await far.end()
      },
    },
    'is-reset': {
      ladder: `
           client                                               server
        1. CLOSED                                               CLOSED
        2. SYN-SENT     --> <SEQ=100><CTL=SYN>              XXX
        3. SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT
        4. SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
        5.              ... <SEQ=301><ACK=101><CTL=ACK>     <-- ESTABLISHED
        6.                                                      (Abort)
           CLOSED       <-- <SEQ=301><ACK=101><CTL=RST,ACK> <-- CLOSED
      `,
      async play(stage) {
        await stage.wire.lose({ row: 2 })
        const { far } = await halfWay(stage)
        await far.reset()
      },
    },
  },
})

/** Both call, and the client's SYN is lost: it stays in SYN-RECEIVED, for as long as the server's ACK is kept from it. */
async function halfWay({ client, server, wire, ladder, wait }: Stage) {
  const ack = await wire.hold({ row: 5 })
  const near = await client.startConnecting(server, { fromPort: 4000, port: 5000 })
  await ladder.row(2)
  // What two hosts do within a millisecond has no order: a moment lies between.
  await wait('10ms')
  const far = await server.startConnecting(client, { fromPort: 5000, port: 4000 })
  await ack.caught()
  await wait('10ms')
  return { near, far, ack }
}
