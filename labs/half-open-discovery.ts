import { lab } from 'handwave'

export default lab({
  title: 'Back from a crash, on a port that is taken',
  lesson: `RFC 9293, figure 9. The client's machine has lost its power and come back, and of the old connection it
knows nothing; the server does not know even that, and waits. (The next byte that it sends has the number 300, and it
expects 100.) A connection that only one side knows of is called half-open.

Now the client calls from the very same port. To the server that SYN is out of place in a connection that stands, so
it repeats which number it expects (RFC 5961 calls it a challenge ACK). To the client this is the answer to something
it never said: it sends a RST with the number that the answer asked for. Only now does the server let go, and the
client's next SYN finds it ready.`,

  ladder: `
        client                                          server
    1.  (REBOOT)                              (send 300,receive 100)
    2.  CLOSED                                           ESTABLISHED
    3.  SYN-SENT --> <SEQ=400><CTL=SYN>              --> (??)
    4.  (!!)     <-- <SEQ=300><ACK=100><CTL=ACK>     <-- ESTABLISHED
    5.  SYN-SENT --> <SEQ=100><CTL=RST>              --> (Abort!!)
    6.  SYN-SENT                                         CLOSED
    7.  SYN-SENT --> <SEQ=400><CTL=SYN>              -->
  `,

  async play({ client, server }) {
    const way = { fromPort: 40_000 }
    await server.listen()
    await client.connect(server, way)
    await client.crash()
    await client.startConnecting(server, way)
  },
})
