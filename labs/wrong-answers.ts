import { lab } from 'handwave'

export default lab({
  title: 'Answers that answer nothing',
  lesson: `Whoever has sent a SYN believes only an answer that proves that it has seen that SYN: one that acknowledges
x+1. A mere guess gets nowhere. An ACK of another number is refused by a RST. (Linux then sends its SYN again at once,
in case that was a peer that still believed in an old connection: half-open-discovery.) One with the right number but
no SYN does not say where the other side's numbers begin, and is dropped. So is a FIN, and so is a RST that
acknowledges nothing: else anybody could forbid a call by a guess at two port numbers. The SYN itself was only slow,
and all is well in the end.`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 ...
    3. SYN-SENT    <-- <SEQ=y><ACK=x><CTL=ACK>          ... (an old number)
    4. SYN-SENT    --> <SEQ=x><CTL=RST>                 XXX
    5. SYN-SENT    <-- <SEQ=y><ACK=x+1><CTL=ACK>        ... (no SYN)
    6. SYN-SENT    <-- <SEQ=y><CTL=FIN>                 ... (a FIN)
    7. SYN-SENT    <-- <SEQ=y><CTL=RST>                 ... (a RST)
    8.             ... <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    9. ESTABLISHED <-- <SEQ=z><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
   10. ESTABLISHED --> <SEQ=x+1><ACK=z+1><CTL=ACK>      --> ESTABLISHED
  `,

  // What Linux sends again after the RST is lost with it.
  repeats: 'allowed',

  async play({ client, server, wire, ladder, wait }) {
    await server.listen()
    const syn = await wire.hold({ row: 2 })
    await client.startConnecting(server)
    await syn.caught()
    await wire.cut({ from: client.name, to: server.name })
    for (const row of [3, 5, 6, 7]) {
      await wire.inject({ row })
      await ladder.row(row)
    }
    // What two hosts do within a millisecond has no order: a moment lies between.
    await wait('10ms')
    await wire.mend()
    await syn.release()
  },
})
