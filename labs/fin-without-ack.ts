import { lab } from 'handwave'

export default lab({
  title: 'A goodbye without manners',
  lesson: `From the second segment on all that a connection sends bears an ACK, but for a few RSTs: it costs nothing,
and shows that the sender knows the connection. A FIN without it can come from nobody who takes part. RFC 9293
(3.10.7.4) has such a segment dropped, whatever else it says, and Linux drops it without a word. The connection does
not even twitch: what is said next carries the same numbers.`,

  ladder: `
       client                                                  server
    1. CLOSED                                                  LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
    5. (forged)    ... <SEQ=x+1><CTL=FIN>                      --> ESTABLISHED
    6. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=5>     <-- ESTABLISHED
    7. ESTABLISHED --> <SEQ=x+1><ACK=y+6><CTL=ACK>             --> ESTABLISHED
  `,

  async play({ client, server, wire, ladder }) {
    const [, far] = await client.connectTo(server)
    await ladder.row(4)
    await wire.inject({ row: 5 })
    await ladder.row(5)
    await far.write('hello')
  },
})
