import { lab } from 'handwave'

export default lab({
  title: 'Two who only listen, and an old SYN',
  lesson: `RFC 9293, figure 11. Nobody calls here: both sides wait to be called. An old SYN wakes one of them. It
answers, and its answer reaches somebody who listens, too, and has asked nothing. An ACK for a listener can only be a
mistake: it is refused by a RST, with the number that it acknowledges, and the one who was woken returns to LISTEN. In
the end nothing has happened, and no program was ever told: accept() returns after the third segment, and there was
none.`,

  ladder: `
         client                                   server
    1.  LISTEN                                        LISTEN
    2.       ... <SEQ=Z><CTL=SYN>                -->  SYN-RECEIVED
    3.  (??) <-- <SEQ=X><ACK=Z+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
    4.       --> <SEQ=Z+1><CTL=RST>              -->  (return to LISTEN!)
    5.  LISTEN                                        LISTEN
  `,

  async play({ client, server, wire }) {
    // From this port the old SYN will seem to come.
    await client.listen({ port: 40_000 })
    await server.listen()
    await wire.inject({ row: 2 })
  },
})
