import { equal } from 'node:assert/strict'
import { lab, type Stage } from 'handwave'

export default lab({
  title: 'Calling again from the same port',
  lesson: `The client has closed first and is in TIME-WAIT. Now its program wants to call the same server again, from
the same port. RFC 9293 (3.10.1) would say that this connection exists already. Linux asks whether old segments of it
could be told from new ones. They can where both sides stamp each segment with a time (RFC 7323, tcp_timestamps, on by
default): what bears an old stamp is thrown away. Then TIME-WAIT gives way, and the new SYN begins beyond the last
number of the old connection (the first case). Without timestamps connect() fails: EADDRNOTAVAIL (the second).

A program that leaves the choice of the port to the kernel gets one in TIME-WAIT only with tcp_tw_reuse=1, and not
within the first second (ports-run-out).`,

  ladder: `
       client                                                  server
    1. ESTABLISHED                                             ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
    4.                                                         (Close)
       TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>           <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>             --> CLOSED
    6. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
    7. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
    8. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
  `,

  async play(stage) {
    await closeFirst(stage)
    // The port that the first connection had.
    await stage.client.connect(stage.server, { fromPort: 40_000 })
  },

  cases: {
    stamped: {},
    'not-stamped': {
      sysctls: { client: { 'net.ipv4.tcp_timestamps': '0' } },
      async play(stage) {
        await closeFirst(stage)
        const second = await stage.client.startConnecting(stage.server, { fromPort: 40_000 })
        equal(await second.failed(), 'EADDRNOTAVAIL')
      },
      ladder: `
           client                                                  server
        1. ESTABLISHED                                             ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
        4.                                                         (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>           <-- LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>             --> CLOSED
        6. (2 MSL)
           CLOSED
      `,
    },
  },
})

async function closeFirst({ client, server, ladder }: Stage) {
  const [near, far] = await client.connectTo(server)
  await near.end()
  await ladder.row(3)
  await far.end()
  await ladder.row(5)
}
