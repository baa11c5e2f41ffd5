import { holds, lab } from 'handwave'

export default lab({
  title: 'An old SYN comes back from the dead',
  lesson: `RFC 9293, figure 8. A SYN of an earlier attempt has been lying about in the network, and arrives before the new
one. The server cannot tell: it answers. The client can, because the answer acknowledges a number that it has not
sent, and says so with a RST that carries just the number that the server expects. The server forgets the
connection that never was, and the real SYN finds it listening. This is what the third segment is for: with only
two, the server would now sit on a connection that its client knows nothing of.`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=100><CTL=SYN>               ...
    3. (duplicate) ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
    4. SYN-SENT    <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    5. SYN-SENT    --> <SEQ=91><CTL=RST>                --> LISTEN
    6.             ... <SEQ=100><CTL=SYN>               --> SYN-RECEIVED
    7. ESTABLISHED <-- <SEQ=400><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED
    8. ESTABLISHED --> <SEQ=101><ACK=401><CTL=ACK>      --> ESTABLISHED
  `,

  // Having sent a RST Linux sends its SYN again after two ticks (TCP_TIMEOUT_MIN in tcp_rcv_synsent_state_process): in
  // real time that may be before the first one is let go.
  repeats: 'allowed',

  async play({ client, server, wire, ladder }) {
    await server.listen()
    const syn = await wire.hold({ row: 2 })
    await client.startConnecting(server)
    await syn.caught()
    await wire.inject({ row: 3 })
    await ladder.row(5)
    await syn.release()
  },

  claims: {
    C16: holds(
      seen =>
        seen.row(5).departed.after(seen.row(4).arrived) &&
        seen.server.moved('SYN_RCVD', 'CLOSED').after(seen.row(5).arrived),
    ),
  },
})
