import { lab } from 'handwave'

export default lab({
  title: 'Between SYN and ACK somebody else speaks',
  lesson: `While a server waits for the third segment it keeps a note of the SYN, and is in SYN-RECEIVED. What else
may come for the same pair of ports?

First case: an ACK of a number that the server never used. It is refused by a RST with that very number, and the
server goes on waiting. The client finds that RST out of place and says so by an ACK of the number that it expects.
(RFC 5961 calls that a challenge ACK: whoever means the RST shall say it again, with this number.) Here it completes the
handshake.

Second case: another SYN, with another number, so no repetition. RFC 9293 would go back to LISTEN without a word.
Linux drops its note as well, but says RST. With its SEQ=0 that lies outside what the client expects: the client takes
no notice, and stays alone in ESTABLISHED.

Third case: the listener closes. The note is kept; but the ACK, when it comes, finds nobody, and gets a RST.`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      XXX
    5.             ... <SEQ=x+1><ACK=y+9><CTL=ACK>      --> SYN-RECEIVED
    6. ESTABLISHED <-- <SEQ=y+9><CTL=RST>               <-- SYN-RECEIVED
    7. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,

  async play({ client, server, wire, ladder, wait }) {
    await server.listen()
    await wire.lose({ row: 4 })
    await client.connect(server)
    await ladder.row(4)
    // What two hosts do within a millisecond has no order: a moment lies between.
    await wait('10ms')
    await wire.inject({ row: 5 })
  },

  cases: {
    'wrong-ack': {},
    'another-syn': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      XXX
        5.             ... <SEQ=x+9><CTL=SYN>               --> LISTEN
        6. ESTABLISHED <-- <SEQ=0><ACK=x+10><CTL=RST,ACK>   <--
      `,
    },
    'listener-closes': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      ...
        5.                                                      SYN-RECEIVED (listener closed)
        6.             ... <SEQ=x+1><ACK=y+1><CTL=ACK>      --> CLOSED
        7. CLOSED      <-- <SEQ=y+1><CTL=RST>               <-- CLOSED
      `,
      async play({ client, server, wire }) {
        const listener = await server.listen()
        const ack = await wire.hold({ row: 4 })
        await client.startConnecting(server)
        await ack.caught()
        await listener.close()
        await ack.release()
      },
    },
  },
})
