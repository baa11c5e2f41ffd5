import { holds, lab, refuted, type Seen } from 'handwave'

export default lab({
  title: 'Three segments to say hello',
  lesson: `RFC 9293, figure 6. Each side tells the other where its numbers begin, and hears that this was understood.
That makes four messages, but the server's two travel in one segment: hence three. A SYN uses up a number, as if it
were a byte, so that it can be acknowledged; a bare ACK does not, and is never acknowledged itself. The client is
ready a whole trip before the server is.

(100 and 300 are the RFC's. Linux draws its first numbers by lot, so that nobody can guess them.)`,

  link: { delay: '20ms' },

  ladder: `
        client                                               server
    1.  CLOSED                                               LISTEN
    2.  SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED
    3.  ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED
    4.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK>       --> ESTABLISHED
    5.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK><DATA> --> ESTABLISHED
  `,

  async play({ client, server, ladder }) {
    await server.listen()
    const near = await client.connect(server)
    await ladder.row(4)
    await near.write('hello')
  },

  claims: {
    C02: holds(seen => opening(seen).length === 3),
    C03: holds(seen => {
      const moved = seen.client.moved('CLOSED', 'SYN_SENT')
      return seen.client.called('connect').before(moved) && moved.before(seen.row(2).departed)
    }),
    C04: holds(
      seen =>
        seen.row(3).acknowledges(seen.row(2), 1) &&
        seen.server.moved('LISTEN', 'SYN_RCVD').after(seen.row(2).arrived) &&
        seen.server.synRcvd.before(seen.row(3).departed),
    ),
    C05: holds(
      seen =>
        seen.client.moved('SYN_SENT', 'ESTABLISHED').after(seen.row(3).arrived) &&
        seen.row(4).follows(seen.row(2), 1) &&
        seen.row(4).acknowledges(seen.row(3), 1),
    ),
    C06: holds(seen => seen.server.moved('SYN_RCVD', 'ESTABLISHED').after(seen.row(4).arrived)),
    C07: refuted(seen => seen.row(2).seq <= 1),
    C09: holds(seen => seen.row(4).follows(seen.row(2), 1) && seen.row(5).follows(seen.row(4), 0)),
    C20: holds(seen => opening(seen).filter(({ from }) => from === 'server').length === 1),
  },
})

/** What was sent until both sides were ready; sent again does not count. */
function opening(seen: Seen) {
  return seen.segments().filter(({ departed, isRepeat }) => !isRepeat && !departed.after(seen.server.established))
}
