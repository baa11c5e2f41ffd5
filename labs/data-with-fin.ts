import { lab } from 'handwave'

export default lab({
  title: 'Last words and goodbye in one breath',
  lesson: `A FIN is a flag, and can stand on a segment with data. It does so where data waits to be sent when the
program closes. Here the second write waits, by Nagle's rule: a small segment stays back while an earlier one is not
acknowledged. The close ends that wait, and data and FIN leave together. The FIN has its number behind the last byte.
The receiver takes the data first, and its program reads all of it before the end. One ACK answers for both, three
bytes and a FIN: x+9.

In the second case the receiver has said goodbye itself, and its FIN, which has the number y+1, is late. Waiting for that
one's ACK it takes data and FIN as before, but goes to CLOSING instead of CLOSE-WAIT; both sides end in TIME-WAIT.`,

  link: { delay: '100ms' },

  ladder: `
       client                                                  server
    1. CLOSED                                                  LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
    5.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=4>       -->
    6. (Close)
       FIN-WAIT-1  --> <SEQ=x+5><ACK=y+1><CTL=FIN,ACK><DATA=3>   --> CLOSE-WAIT
    7. FIN-WAIT-1  <-- <SEQ=y+1><ACK=x+5><CTL=ACK>               <--
    8. FIN-WAIT-2  <-- <SEQ=y+1><ACK=x+9><CTL=ACK>               <-- CLOSE-WAIT
  `,

  async play({ client, server }) {
    const [near, far] = await client.connectTo(server)
    await near.write('last')
    await near.write('one')
    await near.end()
    await far.received(7)
    await far.ended()
  },
  cases: {
    'to-one-who-stays': {},
    'to-one-who-leaves': {
      async play({ client, server, wire, ladder, wait }) {
        const [near, far] = await client.connectTo(server)
        const fin = await wire.hold({ row: 5 })
        await far.end()
        await fin.caught()
        // What two hosts do within a millisecond has no order: a moment lies between.
        await wait('10ms')
        await near.write('last')
        await near.write('one')
        await near.end()
        await ladder.row(9)
        await fin.release()
        await far.received(7)
      },
      ladder: `
           client                                                    server
        1. CLOSED                                                    LISTEN
        2. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                          --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>             <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>               --> ESTABLISHED
        5.                                                           (Close)
                       ... <SEQ=y+1><ACK=x+1><CTL=FIN,ACK>           <-- FIN-WAIT-1
        6.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=4>       --> FIN-WAIT-1
        7. (Close)
           FIN-WAIT-1  --> <SEQ=x+5><ACK=y+1><CTL=FIN,ACK><DATA=3>   --> CLOSING
        8. FIN-WAIT-1  <-- <SEQ=y+2><ACK=x+5><CTL=ACK>               <-- FIN-WAIT-1
        9. FIN-WAIT-2  <-- <SEQ=y+2><ACK=x+9><CTL=ACK>               <-- CLOSING
       10. TIME-WAIT   <-- <SEQ=y+1><ACK=x+1><CTL=FIN,ACK>           ...
       11. TIME-WAIT   --> <SEQ=x+9><ACK=y+2><CTL=ACK>               --> TIME-WAIT
      `,
    },
  },
})
