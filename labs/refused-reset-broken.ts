import { equal } from 'node:assert/strict'
import { holds, lab } from 'handwave'

export default lab({
  title: 'What the program is told',
  lesson: `Three errors, and all of them are a RST. Where nobody listens, a SYN is refused at once: ECONNREFUSED.

A RST in the middle, from a program that aborts, makes whatever the other program does next fail: ECONNRESET, and what
was still on its way to it is lost. A close that leaves input unread comes out as one too (RFC 2525, 2.17): a FIN
would claim that all was taken (unread-input).

The third comes late. The peer has closed, our first write still succeeds, since the kernel only queues it; it is
answered with RST, and the second write fails: EPIPE, and the signal SIGPIPE, which kills programs that do not ignore
it (data-after-close). Whoever sends the RST keeps nothing, not even TIME-WAIT.`,

  cases: {
    refused: {
      ladder: `
           client                                               server
        1. CLOSED                                               CLOSED
        2. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> CLOSED
        3. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>    <-- CLOSED
      `,
      async play({ client, server }) {
        const near = await client.startConnecting(server)
        equal(await near.failed(), 'ECONNREFUSED')
      },
      claims: {
        C56: holds(seen => {
          const answer = seen.segment({ from: 'server' })
          return answer.flags === 'RST,ACK' && answer.acknowledges(seen.row(2), 1)
        }),
      },
    },
    aborted: {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
        5.                                                      (Abort)
           CLOSED      <-- <SEQ=y+1><ACK=x+1><CTL=RST,ACK>  <-- CLOSED
      `,
      async play({ client, server }) {
        const [near, far] = await client.connectTo(server)
        await far.reset()
        equal(await near.failed(), 'ECONNRESET')
      },
    },
    unread: {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
        5. (hello)     --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>      <-- ESTABLISHED
        7.                                                      (Close)
           CLOSED      <-- <SEQ=y+1><ACK=x+6><CTL=RST,ACK>  <-- CLOSED
      `,
      async play({ client, server, ladder }) {
        await server.listen({ paused: true })
        const [near, far] = await client.connectTo(server)
        await near.write('hello')
        await ladder.row(6)
        await far.destroy()
        equal(await near.failed(), 'ECONNRESET')
      },
    },
    broken: {
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2.                                                      (Close)
           CLOSE-WAIT  <-- <SEQ=w><ACK=u><CTL=FIN,ACK>      <-- FIN-WAIT-1
        3. CLOSE-WAIT  --> <SEQ=u><ACK=w+1><CTL=ACK>        --> FIN-WAIT-2
        4. CLOSE-WAIT  --> <SEQ=u><ACK=w+1><CTL=ACK><DATA=5> --> CLOSED
        5. CLOSED      <-- <SEQ=w+1><CTL=RST>               <-- CLOSED
      `,
      async play({ client, server, ladder }) {
        const [near, far] = await client.connectTo(server)
        await far.destroy()
        await ladder.row(3)
        await near.write('first')
        await ladder.row(5)
        await near.write('second')
        equal(await near.failed(), 'EPIPE')
      },
    },
  },
})
