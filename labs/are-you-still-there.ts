import { equal } from 'node:assert/strict'
import { lab } from 'handwave'

export default lab({
  title: 'Are you still there?',
  lesson: `A connection on which nobody speaks sends nothing, for hours or for years, and a peer that is quiet looks
like one that is dead. A program that sets SO_KEEPALIVE has its kernel ask after two hours of silence
(tcp_keepalive_time). The question is a segment with an old number, SEQ=x where x+1 is due: it brings nothing new, and
must be answered all the same.

First case: no answer. The kernel asks again every 75 seconds (tcp_keepalive_intvl), nine times in all
(tcp_keepalive_probes), and then tells the program: ETIMEDOUT. Second case: the host has been restarted and knows no
such connection. It says RST: ECONNRESET. Third case: an ACK says that all is well, and the program hears nothing of
it. Two hours are long: most programs set their own times, or ask in words of their own. (Linux's longer timers may be
late by an eighth, and here they are.)`,

  needs: ['virtual time'],
  within: '3h',

  cases: {
    dead: {
      ladder: `
            client                                               server
         1. CLOSED                                               LISTEN
         2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
         3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
         4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
         5. (2 hours)
            ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
         6. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
         7. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
         8. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
         9. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
        10. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
        11. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
        12. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
        13. ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        XXX ESTABLISHED
        14. CLOSED      --> <SEQ=x+1><ACK=y+1><CTL=RST,ACK>  XXX ESTABLISHED
      `,
      async play({ client, server }) {
        const [near] = await client.connectTo(server)
        await near.keepAlive()
        await server.silence()
        equal(await near.failed(), 'ETIMEDOUT')
      },
    },
    restarted: {
      ladder: `
            client                                               server
         1. CLOSED                                               LISTEN
         2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
         3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
         4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      -->
         5.                                                     (a power cut)
            ESTABLISHED                                         CLOSED
         6. (2 hours)
            ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        --> CLOSED
         7. CLOSED      <-- <SEQ=y+1><CTL=RST>               <-- CLOSED
      `,
      async play({ client, server, wait }) {
        const [near] = await client.connectTo(server)
        await near.keepAlive()
        await wait('1h')
        await server.crash()
        equal(await near.failed(), 'ECONNRESET')
      },
    },
    quiet: {
      ladder: `
            client                                               server
         1. CLOSED                                               LISTEN
         2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
         3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
         4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
         5. (2 hours)
            ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        --> ESTABLISHED
         6. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>      <-- ESTABLISHED
         7. (4 hours)
            ESTABLISHED --> <SEQ=x><ACK=y+1><CTL=ACK>        --> ESTABLISHED
         8. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>      <-- ESTABLISHED
         9. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=5> <-- ESTABLISHED
      `,
      async play({ client, server, ladder }) {
        const [near, far] = await client.connectTo(server)
        await near.keepAlive()
        await ladder.row(8)
        await far.write('hello')
        equal(await near.received(5), 'hello')
      },
    },
  },
})
