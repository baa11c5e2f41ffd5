import { lab, refuted, type Seen } from 'handwave'

export default lab({
  title: 'The last word of the handshake is lost',
  lesson: `The client has sent its third segment and is ESTABLISHED; the server, which never got it, is not. Is the
connection half dead? No: every later segment of the client acknowledges the server's SYN as well as the lost one did.
If the client has nothing to say, the server's clock runs out: it repeats its SYN+ACK, and the client its ACK. If it
has something to say, its first data completes the handshake, and so does even its FIN.

Only where nothing gets through (the last case) does the server give up in the end (tcp_synack_retries, a minute by
default). It tells nobody, and the client, which still believes in the connection, learns by a RST when it next
speaks.`,

  // The wire loses what the picture draws as lost.
  async play({ client, server, wire, ladder }) {
    await server.listen()
    for (const row of ladder.lost) await wire.lose({ row })
    await client.connect(server)
  },

  cases: {
    'client-is-silent': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      XXX SYN-RECEIVED
        5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
      `,
      claims: { C13: refuted(isUseless) },
    },
    'client-speaks': {
      ladder: `
           client                                                    server
        1. CLOSED                                                    LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                      --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>           XXX SYN-RECEIVED
        5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5>   --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>           <-- ESTABLISHED
      `,
      async play({ client, server, wire, ladder }) {
        await server.listen()
        await wire.lose({ row: 4 })
        const near = await client.connect(server)
        await ladder.row(4)
        await near.write('hello')
      },
      claims: { C13: refuted(seen => isUseless(seen) || !seen.row(6).acknowledges(seen.row(5), 5)) },
    },
    'client-says-goodbye': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      XXX SYN-RECEIVED
        5. (Close)
           FIN-WAIT-1  --> <SEQ=x+1><ACK=y+1><CTL=FIN,ACK>  --> CLOSE-WAIT
        6. FIN-WAIT-2  <-- <SEQ=y+1><ACK=x+2><CTL=ACK>      <-- CLOSE-WAIT
        7.                                                      (Close)
           TIME-WAIT   <-- <SEQ=y+1><ACK=x+2><CTL=FIN,ACK>  <-- LAST-ACK
      `,
      async play({ client, server, wire, ladder }) {
        const listener = await server.listen()
        await wire.lose({ row: 4 })
        const near = await client.connect(server)
        await ladder.row(4)
        await near.end()
        const far = await listener.accept()
        await ladder.row(6)
        await far.end()
      },
      claims: { C13: refuted(isUseless) },
    },
    'nothing-gets-through': {
      sysctls: { server: { 'net.ipv4.tcp_synack_retries': '2' } },
      ladder: `
           client                                                    server
        1. CLOSED                                                    LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                      --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>           XXX SYN-RECEIVED
        5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
        6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>           XXX SYN-RECEIVED
        7. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
        8. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>           XXX SYN-RECEIVED
        9. ESTABLISHED                                               LISTEN
       10. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5>   -->
       11. CLOSED      <-- <SEQ=y+1><CTL=RST>                    <--
      `,
      async play({ client, server, wire, ladder }) {
        await server.listen()
        for (const row of ladder.lost) await wire.lose({ row })
        const near = await client.connect(server)
        await ladder.row(9)
        await near.write('hello')
      },
      claims: {
        C15: refuted(seen => !seen.server.wasIn('CLOSED') || seen.server.closed.after(seen.row(10).departed)),
      },
    },
  },
})

/** Nothing that came after the lost segment has completed the handshake. */
function isUseless(seen: Seen): boolean {
  return !seen.server.wasIn('ESTABLISHED') || seen.server.left('SYN_RCVD').before(seen.row(5).departed)
}
