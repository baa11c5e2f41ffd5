import { lab } from 'handwave'

export default lab({
  title: 'Hanging up while it rings',
  lesson: `A program may change its mind before anybody has answered: it closes a socket that is still connecting.
Nothing is said, for there is no connection yet that could be ended; the socket is simply gone. But the SYN is out,
and its answer is under way to somebody who no longer exists. It gets a RST, by which the server forgets the call too.
A server sees this from clients with short timeouts: SYN, SYN+ACK, RST, and its program, which waits in accept(), is
never told.`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3.             ... <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    4. (Close)
       CLOSED                                               SYN-RECEIVED
    5. CLOSED      <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    ...
    6. CLOSED      --> <SEQ=x+1><CTL=RST>               --> LISTEN
  `,

  async play({ client, server, wire, ladder }) {
    await server.listen()
    const answer = await wire.hold({ row: 3 })
    const near = await client.startConnecting(server)
    await answer.caught()
    await near.destroy()
    await ladder.row(4)
    await answer.release()
  },
})
