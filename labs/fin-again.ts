import { lab } from 'handwave'

export default lab({
  title: 'A goodbye that is heard twice',
  lesson: `Whether its FIN was lost or only the ACK of it, a sender cannot tell: it hears nothing, and says its FIN
again. Whoever has heard the first one knows the number, and does not take the second for something new. It stays in
its state, be it CLOSE-WAIT (the first case) or, once it has said goodbye itself, LAST-ACK (the second), and says its
ACK again.

An ACK that is lost is never sent again of itself: it is asked for, by a copy of what it acknowledged.`,

  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-1  XXX <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    5. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    6.                                                      (Close)
       TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
  `,

  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    await wire.lose({ row: 3 })
    await near.end()
    await ladder.row(5)
    await far.end()
  },

  cases: {
    'in-close-wait': {},
    'in-last-ack': {
      async play({ client, server, wire, ladder, wait }) {
        const [near, far] = await client.connectTo(server)
        for (const row of ladder.lost) await wire.lose({ row })
        await near.end()
        await ladder.row(3)
        // So that of the two sides that hear nothing the client is the first to say it again.
        await wait('50ms')
        await far.end()
      },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-1  XXX <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           FIN-WAIT-1  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> LAST-ACK
        6. FIN-WAIT-2  <-- <SEQ=w+1><ACK=u+1><CTL=ACK>      <-- LAST-ACK
        7. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        8. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
      `,
    },
  },
})
