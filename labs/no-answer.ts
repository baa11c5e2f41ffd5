import { equal } from 'node:assert/strict'
import { lab } from 'handwave'

export default lab({
  title: 'Is it dead, or only slow?',
  lesson: `Nobody tells a sender that the other side has lost its power: it only hears nothing, just as when the
network is slow. So it sends the same bytes again, after a fifth of a second (Linux at first twice so, with a probe for
a lost tail), then after twice as long each time, and in the end every two minutes. Linux does not count the copies. It
reckons how long tcp_retries2 = 15 such repeats take, which is 924.6 s, and at the first timer after that it gives up: a
good quarter of an hour, and only then is the program told (ETIMEDOUT; the first case).

A host that has been restarted knows nothing of the connection and answers the next copy with RST: ECONNRESET (the
second). One that was only slow takes that copy as if nothing had happened (the third). Whoever cannot wait so long
sets TCP_USER_TIMEOUT.`,

  cases: {
    dead: {
      needs: ['virtual time'],
      ladder: `
            client                                                  server
         1. CLOSED                                                  LISTEN
         2. SYN-SENT    --> <SEQ=x><CTL=SYN>                    --> SYN-RECEIVED
         3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       <-- SYN-RECEIVED
         4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>         --> ESTABLISHED
         5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
         6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
         7. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
         8. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
         9. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        10. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        11. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        12. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        13. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        14. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        15. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        16. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        17. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        18. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        19. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        20. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        21. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        22. (ETIMEDOUT)
            CLOSED                                                  ESTABLISHED
      `,
      async play({ client, server }) {
        const [near] = await client.connectTo(server)
        await server.silence()
        await near.write('hello')
        equal(await near.failed(), 'ETIMEDOUT')
      },
    },
    'back-again': {
      ladder: `
            client                                                  server
         1. CLOSED                                                  LISTEN
         2. SYN-SENT    --> <SEQ=x><CTL=SYN>                    --> SYN-RECEIVED
         3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       <-- SYN-RECEIVED
         4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>         --> ESTABLISHED
         5. ESTABLISHED                                         (crash)
         6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX CLOSED
         7. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> CLOSED
         8. CLOSED      <-- <SEQ=y+1><CTL=RST>                  <-- CLOSED
      `,
      async play({ client, server, wire }) {
        const [near] = await client.connectTo(server)
        await wire.lose({ row: 6 })
        await server.crash()
        await near.write('hello')
        equal(await near.failed(), 'ECONNRESET')
      },
    },
    slow: {
      ladder: `
            client                                                  server
         1. CLOSED                                                  LISTEN
         2. SYN-SENT    --> <SEQ=x><CTL=SYN>                    --> SYN-RECEIVED
         3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       <-- SYN-RECEIVED
         4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>         --> ESTABLISHED
         5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
         6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
         7. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>         <-- ESTABLISHED
      `,
      async play({ client, server, ladder }) {
        const [near, far] = await client.connectTo(server)
        await server.silence()
        await near.write('hello')
        await ladder.row(5)
        await server.speak()
        equal(await far.received(5), 'hello')
      },
    },
  },
})
