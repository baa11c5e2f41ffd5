import { equal } from 'node:assert/strict'
import { holds, lab } from 'handwave'

export default lab({
  title: 'Nobody at this door',
  lesson: `"Connection refused": the machine is there, and no program listens on that port. Its kernel says so by a
RST, and the client's connect() fails at once with ECONNREFUSED. The RST must prove whom it answers, for anybody could
send one. A SYN has no ACK from which a number could be taken, so the RST carries an ACK itself, of x+1.

No answer at all is another thing: then there is no machine, or a firewall that drops, and the client waits for
minutes (lost-syn).`,

  ladder: `
       client                                               server
    1. CLOSED                                               CLOSED
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> CLOSED
    3. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>    <-- CLOSED
  `,

  async play({ client, server }) {
    const near = await client.startConnecting(server)
    equal(await near.failed(), 'ECONNREFUSED')
  },

  claims: {
    C56: holds(
      seen =>
        !seen.server.wasIn('SYN_RCVD') &&
        seen.row(3).flags === 'RST,ACK' &&
        seen.row(3).acknowledges(seen.row(2), 1) &&
        seen.client.moved('SYN_SENT', 'CLOSED').after(seen.row(3).arrived),
    ),
  },
})
