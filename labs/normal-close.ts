import { holds, lab } from 'handwave'

export default lab({
  title: 'Four segments to say goodbye',
  lesson: `RFC 9293, figure 12. A connection is two one-way streets, and each is closed by whoever drives on it. A FIN
says "I have no more to send", and nothing about what the other side may still say: hence two FINs, each with its ACK.

The one who hears the first FIN may take its time (CLOSE-WAIT) before it sends its own (LAST-ACK). The one who sent it
waits first for its ACK (FIN-WAIT-1), then for the other FIN (FIN-WAIT-2), and then a while longer, in case its own
last ACK was lost (TIME-WAIT).`,

  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=300><ACK=101><CTL=ACK>      <-- CLOSE-WAIT
    4.                                                      (Close)
       TIME-WAIT   <-- <SEQ=300><ACK=101><CTL=FIN,ACK>  <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=101><ACK=301><CTL=ACK>      --> CLOSED
    6. (2 MSL)
       CLOSED
  `,

  async play({ client, server, ladder }) {
    const [near, far] = await client.connectTo(server)
    await near.end()
    await ladder.row(3)
    await far.end()
  },

  claims: {
    C22: holds(seen => seen.client.moved('ESTABLISHED', 'FIN_WAIT_1').before(seen.row(2).departed)),
    C23: holds(seen => seen.row(3).acknowledges(seen.row(2), 1) && seen.server.closeWait.after(seen.row(2).arrived)),
    C24: holds(seen => seen.client.moved('FIN_WAIT_1', 'FIN_WAIT_2').after(seen.row(3).arrived)),
    C26: holds(seen => {
      const sent = seen.segments({ from: 'client' }).filter(segment => segment.departed.after(seen.row(2).departed))
      return sent.some(({ flags }) => flags === 'ACK') && sent.every(({ length }) => length === 0)
    }),
    C27: holds(seen => seen.row(4).acknowledges(seen.row(2), 1) && seen.server.lastAck.before(seen.row(4).departed)),
    C28: holds(
      seen =>
        seen.client.moved('FIN_WAIT_2', 'TIME_WAIT').after(seen.row(4).arrived) &&
        seen.row(5).follows(seen.row(2), 1) &&
        seen.row(5).acknowledges(seen.row(4), 1),
    ),
    C29: holds(seen => {
      const closed = seen.server.moved('LAST_ACK', 'CLOSED')
      return closed.after(seen.row(5).arrived) && closed.before(seen.client.closed)
    }),
    C30: holds(seen => seen.row(5).follows(seen.row(2), 1) && seen.row(5).acknowledges(seen.row(4), 1)),
  },
})
