import { lab } from 'handwave'

export default lab({
  title: 'What a listener makes of everything but a SYN',
  lesson: `A port that listens waits for a SYN. What else may knock? An ACK acknowledges what was never said, and is
told so by a RST with the very number that it acknowledged. A RST ends nothing, for nothing has begun: it is ignored,
as every RST goes unanswered, or two hosts might go on refusing each other for ever. SYN and FIN together make no
sense: RFC 9293 would take the SYN, Linux drops the whole, as firewalls do. Then somebody knocks properly, and none of
it has left a trace.

Port scanners live on such differences: an ACK gets the same answer from an open port as from a closed one, a SYN does
not.`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. (an ACK)    ... <SEQ=90><ACK=300><CTL=ACK>       --> LISTEN
    3. CLOSED      <-- <SEQ=300><CTL=RST>               <-- LISTEN
    4. (a RST)     ... <SEQ=90><CTL=RST>                --> LISTEN
    5. (nonsense)  ... <SEQ=90><CTL=SYN,FIN>            --> LISTEN
    6. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    7. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    8. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,

  async play({ client, server, wire, ladder, wait }) {
    await server.listen()
    // What two hosts do within a millisecond has no order: a moment lies between.
    for (const row of [2, 4, 5]) {
      await wire.inject({ row })
      await ladder.row(row)
      await wait('10ms')
    }
    await client.connect(server)
  },
})
