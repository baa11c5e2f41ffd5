import { equal } from 'node:assert/strict'
import { lab } from 'handwave'

export default lab({
  title: 'Three answers to a RST',
  lesson: `Whoever knows the addresses and ports of a connection may forge a RST and try to cut it without seeing it;
he must guess the number. It used to be enough to hit the window, the range of numbers that the receiver has room for,
and that may be a million wide. RFC 9293, 3.10.7.4 (from RFC 5961) has three answers. Outside the window: not a word.
Inside it, but not exactly the next number: a challenge ACK, which says which number is due. If the real peer has
truly forgotten the connection, it answers with a RST that has just that number; the forger never sees the question.
Exactly the next number: the connection is over, and the program gets ECONNRESET.

Linux sends no more than one challenge every half second for a connection (tcp_invalid_ratelimit).`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
    5. (outside)   <-- <SEQ=y><CTL=RST>                 ...
    6. (in window) <-- <SEQ=y+2><CTL=RST>               ...
    7. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
    8. (exact)     <-- <SEQ=y+1><CTL=RST>               ...
    9. CLOSED                                               ESTABLISHED
  `,

  async play({ client, server, wire, ladder }) {
    const [near] = await client.connectTo(server)
    await ladder.row(4)
    for (const row of [5, 6]) await wire.inject({ row })
    await ladder.row(7)
    await wire.inject({ row: 8 })
    equal(await near.failed(), 'ECONNRESET')
  },
})
