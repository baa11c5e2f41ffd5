import { holds, lab, type Seen } from 'handwave'

export default lab({
  title: 'The answer is lost',
  lesson: `The client has asked and the server has answered, but the answer is gone. Neither can know what went wrong,
and both have a clock running. In the first case the client, which has heard nothing, asks again: the server has kept
a note of the call, knows it by its number, and gives the same answer. In the second case the client's copy is lost as
well; the server's clock runs out, and it says the answer again by itself. Either way it is the very same SYN+ACK:
with another y it would be the answer to another call.

(By satellite, 300 ms each way, so that one clock runs out well before the other. On a short way both go off in the
same instant.)`,

  link: { delay: '300ms' },

  // The wire loses what the picture draws as lost.
  async play({ client, server, wire, ladder }) {
    await server.listen()
    for (const row of ladder.lost) await wire.lose({ row })
    await client.connect(server)
  },

  cases: {
    'client-asks-again': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. SYN-SENT    XXX <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
      `,
      claims: { C12: holds(seen => isSaidAgain(seen) && seen.row(5).departed.after(seen.row(4).arrived)) },
    },
    'server-says-it-again': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. SYN-SENT    XXX <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. SYN-SENT    --> <SEQ=x><CTL=SYN>                 XXX SYN-RECEIVED
        5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
      `,
      claims: { C12: holds(seen => isSaidAgain(seen) && seen.row(4).isLost) },
    },
  },
})

function isSaidAgain(seen: Seen): boolean {
  const [lost, again] = [seen.row(3), seen.row(5)]
  return lost.isLost && again.flags === 'SYN,ACK' && again.follows(lost, 0) && again.departed.after(lost.departed)
}
