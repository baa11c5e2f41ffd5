import { holds, lab, type Seen } from 'handwave'

const NEAR_THE_END = 2 ** 32 - 3

export default lab({
  title: 'Numbers that come round again',
  lesson: `A sequence number has 32 bits. After 4294967295 comes 0, and nobody notices: both sides count modulo 2^32,
and what counts as "later" is whatever is less than half the circle ahead. Here they begin three and two before the
end, so that the first five bytes go over it. (Linux lets a privileged program choose, by TCP_REPAIR; otherwise it
draws lots. Only callers can choose, so both sides call: simultaneous-open.)

At a gigabit a second a connection goes once round in half a minute, and an old segment could pass for a new one.
Against that each segment bears a timestamp, and what is stamped too early is dropped (PAWS, RFC 7323).`,

  link: { delay: '20ms' },

  ladder: `
       client                                               server
    1. CLOSED                                               CLOSED
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                ...
    3. SYN-RECEIVED <-- <SEQ=y><CTL=SYN>                <-- SYN-SENT
    4.              ... <SEQ=x><CTL=SYN>                --> SYN-RECEIVED
    5. SYN-RECEIVED --> <SEQ=x><ACK=y+1><CTL=SYN,ACK>   ...
    6. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <-- SYN-RECEIVED
    7.              ... <SEQ=x><ACK=y+1><CTL=SYN,ACK>   --> ESTABLISHED
    8. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
    9. ESTABLISHED  <-- <SEQ=y+1><ACK=x+6><CTL=ACK>     <-- ESTABLISHED
   10. ESTABLISHED  <-- <SEQ=y+1><ACK=x+6><CTL=ACK><DATA=5> <-- ESTABLISHED
   11. ESTABLISHED  --> <SEQ=x+6><ACK=y+6><CTL=ACK>     --> ESTABLISHED
  `,

  departs: [
    {
      after: 7,
      linux: 'ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK> -->',
      because: 'Linux acknowledges a SYN each time that it comes (simultaneous-open).',
    },
    {
      after: 7,
      linux: '<-- <SEQ=y+1><ACK=x+1><CTL=ACK> <-- ESTABLISHED',
      because: 'The other side does the same.',
    },
  ],

  // Both call, so that both numbers can be chosen: a listener draws its own.
  async play({ client, server, ladder, wait }) {
    const [near, far] = await Promise.all([
      client.startConnecting(server, { fromPort: 4000, port: 5000, firstNumber: NEAR_THE_END }),
      server.startConnecting(client, { fromPort: 5000, port: 4000, firstNumber: NEAR_THE_END + 1 }),
    ])
    await ladder.row(7)
    // The two ACKs that Linux adds have arrived by then.
    await wait('1s')
    await near.write('hello')
    await ladder.row(9)
    await far.write('hello')
  },

  claims: {
    C21: holds(seen => comesRound(seen, 8, 9) && comesRound(seen, 10, 11)),
  },
})

/** The acknowledgement is a smaller number than what it acknowledges, and right all the same. */
function comesRound(seen: Seen, data: number, ack: number): boolean {
  const [sent, answer] = [seen.row(data), seen.row(ack)]
  return answer.acknowledges(sent, 5) && answer.ack !== null && answer.ack < sent.seq
}
