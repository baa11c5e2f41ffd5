import { holds, lab, refuted, type Seen } from 'handwave'

const countsBothFins = (seen: Seen) => seen.row(5).follows(seen.row(2), 1) && seen.row(5).acknowledges(seen.row(4), 1)
const LOST_ONCE_OR_MORE = { C37: holds(finComesAgain), C38: holds(clockStartsAnew) }

export default lab({
  title: 'Why the first to leave waits',
  lesson: `Nobody acknowledges the last ACK, so whoever sends it cannot know that it arrived. It stays for a while to
answer in case it did not: that is TIME-WAIT. A FIN that comes again shows that the ACK was lost; it is answered, and
the clock starts anew. RFC 9293 has it wait twice the longest time that a segment may live in the network (2 MSL),
four minutes in all. Linux waits sixty seconds, whatever the network. (The last ACK is lost never, once, and five
times.)`,

  link: { delay: '20ms' },

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

  // The wire loses what the picture draws as lost.
  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    for (const row of ladder.lost) await wire.lose({ row })
    await near.end()
    await ladder.row(3)
    await far.end()
  },

  claims: {
    C27: holds(seen => seen.row(4).acknowledges(seen.row(2), 1) && seen.server.lastAck.before(seen.row(4).departed)),
    C28: holds(seen => seen.client.moved('FIN_WAIT_2', 'TIME_WAIT').after(seen.row(4).arrived) && countsBothFins(seen)),
    C29: holds(seen => {
      const ack = seen.segments({ from: 'client', flags: 'ACK' }).findLast(({ isLost }) => !isLost)
      const closed = seen.server.moved('LAST_ACK', 'CLOSED')
      return ack !== undefined && closed.after(ack.arrived) && closed.before(seen.client.closed)
    }),
    C30: holds(countsBothFins),
    C31: holds(
      seen =>
        seen.client.finWait1.before(seen.server.lastAck) &&
        seen.client.wasIn('TIME_WAIT') &&
        !seen.server.wasIn('TIME_WAIT'),
    ),
    C39: refuted(seen => seen.client.closed.since(seen.client.timeWait) >= 2 * 120_000),
    // Whoever spoke last has heard nothing since.
    C45: holds(seen => {
      const last = seen.segments().findLast(({ from }) => from === 'client' || from === 'server')
      const heard = seen.segments().filter(({ from, isLost }) => from !== last?.from && !isLost)
      return last !== undefined && heard.every(({ arrived }) => arrived.before(last.departed))
    }),
  },

  cases: {
    none: {},
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
      claims: LOST_ONCE_OR_MORE,
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
      claims: LOST_ONCE_OR_MORE,
    },
  },
})

function finComesAgain(seen: Seen): boolean {
  return seen.row(5).isLost && seen.row(6).follows(seen.row(4), 0) && seen.row(6).departed.after(seen.row(4).departed)
}

/** What the socket table says is left, whenever it is read, leads to a later end. It counts in hundredths of a second. */
function clockStartsAnew(seen: Seen): boolean {
  const ends = seen.client.readings('TIME_WAIT').map(({ tMs, remainingMs }) => tMs + remainingMs)
  const [first = 0, last = 0] = [ends[0], ends.at(-1)]
  return seen.row(7).departed.after(seen.row(6).arrived) && last - first > 100
}
