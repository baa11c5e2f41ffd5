import { depends, lab, type Seen } from 'handwave'

/** Whoever lists sockets takes longer than that. */
const NOTICED_MS = 5

export default lab({
  title: 'The state that nobody sees',
  lesson: `A server is in SYN-RECEIVED from the SYN until the third segment, one round trip later. Between two
machines in one room that is nothing: whoever lists the sockets there (with ss) will hardly ever meet it. Two things
make it last. Distance: with 20 ms each way it is there for 40 ms. And a third segment that does not come: in the last
case it is kept back for ten seconds, and the server repeats its SYN+ACK meanwhile. A server on which you see many of
them (ss -t state syn-recv) has clients far away, or ones that never meant to answer.`,

  async play({ client, server }) {
    await client.connectTo(server)
  },

  ladder: `
       client                                                server
    1. CLOSED                                                LISTEN
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
  `,

  claims: { C14: depends(seen => lastsMs(seen) < NOTICED_MS) },

  cases: {
    'in-one-room': {},
    'far-away': { link: { delay: '20ms' } },
    withheld: {
      ladder: `
           client                                                server
        1. CLOSED                                                LISTEN
        2. SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
        3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
        4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     ...  SYN-RECEIVED
        5. (10 s)       ... <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
      `,
      // Until then the client's answers to the repeated SYN+ACK are lost.
      repeats: 'allowed',
      async play({ client, server, wire, wait }) {
        await server.listen()
        const ack = await wire.hold({ row: 4 })
        await client.startConnecting(server)
        await ack.caught()
        await wire.cut()
        await wait('10s')
        await wire.mend()
        await ack.release()
      },
      claims: {
        C14: depends(seen => lastsMs(seen) >= NOTICED_MS && seen.row(4).arrived.since(seen.row(4).departed) >= 10_000),
      },
    },
  },
})

function lastsMs({ server }: Seen): number {
  return server.left('SYN_RCVD').since(server.synRcvd)
}
