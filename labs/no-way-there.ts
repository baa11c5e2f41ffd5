import { equal } from 'node:assert/strict'
import { lab } from 'handwave'

export default lab({
  title: 'A router that knows no way',
  lesson: `A router that cannot deliver a packet may lose it (the first SYN here), or say so by a message of its own
(the second), ICMP's "host unreachable". What should TCP make of it? The message may be forged, and the trouble may
pass. To a connection that stands Linux only notes it and goes on sending (the second case), as RFC 9293, 3.9.2.2,
demands. But while a call is still ringing Linux gives up at once, and connect() fails with EHOSTUNREACH, "no route to
host", after a moment and not after minutes. The RFC would have it go on ringing then, too: this error must not end a
connection.`,

  async play({ client, server, wire }) {
    await server.listen()
    await wire.lose({ row: 2 })
    await wire.refuse({ row: 3 })
    const near = await client.startConnecting(server)
    equal(await near.failed(), 'EHOSTUNREACH')
  },

  cases: {
    'while-it-rings': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                 XXX LISTEN
        3. SYN-SENT    --> <SEQ=x><CTL=SYN>                 XXX LISTEN
        4. (no way)
           CLOSED                                               LISTEN
      `,
    },
    'while-talking': {
      ladder: `
           client                                                    server
        1. CLOSED                                                    LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                      --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>           --> ESTABLISHED
        5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5>   XXX ESTABLISHED
        6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5>   --> ESTABLISHED
        7. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>           <-- ESTABLISHED
      `,
      async play({ client, server, wire }) {
        const [near] = await client.connectTo(server)
        await wire.refuse({ row: 5 })
        await near.write('hello')
      },
    },
  },
})
