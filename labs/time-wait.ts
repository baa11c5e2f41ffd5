import { holds, lab, refuted, type Seen } from 'handwave'

export default lab({
  title: 'Why the first to leave waits',
  lesson: `Nobody acknowledges the last ACK, so whoever sends it cannot know that it arrived. It stays for a
while to answer in case it did not: that is TIME-WAIT. A FIN that comes again shows that the ACK was
lost; it is answered, and the clock starts anew. RFC 9293 has it wait two maximum segment lifetimes,
four minutes. Linux waits sixty seconds and calls it a day.`,

  link: { delay: '20ms' },

  // The wire loses what the picture draws as lost.
  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    for (const row of ladder.lost) await wire.lose({ row })
    await near.end()
    await ladder.row(3)
    await far.end()
  },

  claims: {
    C22: holds(seen => seen.client.moved('ESTABLISHED', 'FIN_WAIT_1').before(seen.row(2).departed)),
    C23: holds(seen => seen.row(3).acknowledges(seen.row(2), 1) && seen.server.closeWait.after(seen.row(2).arrived)),
    C24: holds(seen => seen.client.moved('FIN_WAIT_1', 'FIN_WAIT_2').after(seen.row(3).arrived)),
    C27: holds(seen => seen.row(4).acknowledges(seen.row(2), 1) && seen.server.lastAck.before(seen.row(4).departed)),
    C28: holds(
      seen =>
        seen.client.moved('FIN_WAIT_2', 'TIME_WAIT').after(seen.row(4).arrived) &&
        seen.row(5).follows(seen.row(2), 1) &&
        seen.row(5).acknowledges(seen.row(4), 1),
    ),
    C29: holds(seen => seen.server.closed.before(seen.client.closed)),
    C30: holds(seen => seen.row(5).follows(seen.row(2), 1) && seen.row(5).acknowledges(seen.row(4), 1)),
    C31: holds(seen => seen.client.finWait1.before(seen.server.lastAck) && !seen.server.wasIn('TIME_WAIT')),
    C39: refuted(seen => seen.client.closed.since(seen.client.timeWait) >= 2 * 120_000),
  },

  cases: {
    none: {
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>     -->  CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>       <--  CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     -->  CLOSED
        6. (2 MSL)
           CLOSED
      `,
    },
    one: {
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>     -->  CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>       <--  CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
        6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     -->  CLOSED
        8. (2 MSL)
           CLOSED
      `,
      claims: {
        C37: holds(finComesAgain),
        C38: holds(clockStartsAnew),
      },
    },
    five: {
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>     -->  CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>       <--  CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
        6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
        8. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        9. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
       10. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
       11. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
       12. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
       13. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
       14. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
       15. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     -->  CLOSED
       16. (2 MSL)
           CLOSED
      `,
      claims: {
        C37: holds(finComesAgain),
        C38: holds(clockStartsAnew),
      },
    },
  },
})

function finComesAgain(seen: Seen): boolean {
  return seen.row(5).isLost && seen.row(6).follows(seen.row(4), 0) && seen.row(6).departed.after(seen.row(4).departed)
}

/** The socket table, read at each FIN that arrives, shows the whole minute again. */
function clockStartsAnew(seen: Seen): boolean {
  const clocks = seen.client.readings('TIME_WAIT').map(({ remainingMs }) => remainingMs)
  return seen.row(7).departed.after(seen.row(6).arrived) && clocks.length > 1 && clocks.every(left => left === 60_000)
}
