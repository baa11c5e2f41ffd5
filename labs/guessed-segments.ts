import { lab } from 'handwave'

export default lab({
  title: 'A SYN in the middle of a conversation',
  lesson: `Two kinds of segment that make no sense in ESTABLISHED. A SYN means that the peer has been restarted and
calls again from the same port (half-open-discovery), or that it is an old copy, or that somebody is guessing (the
first two cases). Whatever its number, nothing is opened and nothing reset: the answer is an ACK that says which
numbers are due (RFC 5961 calls it a challenge ACK). A peer that has been restarted refuses that with a RST of just
that number, and its next SYN gets through; a guesser never sees it.

An ACK of a number from before this connection began (the third case) is left over from an earlier one, or is a guess
as well: it is answered in the same way and thrown away, with whatever data it brings. The conversation goes on. (RFC
9293 has an ACK that runs ahead of all that was sent answered likewise. Linux 6.12 drops it without a word; newer ones
answer.) The command nstat counts the answers: TcpExtTCPChallengeACK and TcpExtTCPSYNChallenge.`,

  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    await ladder.row(4)
    await wire.inject({ row: 5 })
    await ladder.row(5)
    await far.write('hello')
    await near.received(5)
  },

  cases: {
    syn: {
      ladder: `
           client                                                   server
        1. CLOSED                                                   LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> ESTABLISHED
        5. (guessed)   ... <SEQ=x+1000><CTL=SYN>                --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>          <-- ESTABLISHED
        7. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=5>  <-- ESTABLISHED
        8. ESTABLISHED --> <SEQ=x+1><ACK=y+6><CTL=ACK>          --> ESTABLISHED
      `,
    },
    'old-syn': {
      ladder: `
           client                                                   server
        1. CLOSED                                                   LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> ESTABLISHED
        5. (a copy)    ... <SEQ=x><CTL=SYN>                     --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>          <-- ESTABLISHED
        7. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=5>  <-- ESTABLISHED
        8. ESTABLISHED --> <SEQ=x+1><ACK=y+6><CTL=ACK>          --> ESTABLISHED
      `,
    },
    'old-ack': {
      ladder: `
           client                                                   server
        1. CLOSED                                                   LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> ESTABLISHED
        5. (guessed)   ... <SEQ=x+1><ACK=y-1000><CTL=ACK>       --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>          <-- ESTABLISHED
        7. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=5>  <-- ESTABLISHED
        8. ESTABLISHED --> <SEQ=x+1><ACK=y+6><CTL=ACK>          --> ESTABLISHED
      `,
    },
  },
})
