import { depends, lab, type Seen, type Stage } from 'handwave'

export default lab({
  title: 'A goodbye that is not heard',
  lesson: `A FIN takes a number, as a byte does, and like a byte it is sent again until it is acknowledged, with twice
the pause each time. That goes for either side's FIN (the first two cases). But nobody repeats for ever (the other
two). While a program holds the socket, Linux goes on for a quarter of an hour (tcp_retries2). Once it has closed the
socket nobody is left to be told: Linux calls the connection an orphan, and goes on for a hundred seconds
(tcp_orphan_retries). Then the kernel forgets it, and the other side has heard nothing of that.

Either setting reads like a count of copies, and is not. Linux reckons how long so many repeats would take if the
first came after a fifth of a second, and stops at the first timer after that: set to 1, as here, three copies go out.`,

  play: loses(4),

  claims: { C42: depends(getsThrough) },

  cases: {
    first: {
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX ESTABLISHED
        3. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        4. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        5.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        6. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
      `,
    },
    second: {
      play: loses(3),
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           FIN-WAIT-2  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        6. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
      `,
    },
    'first-every-time': {
      sysctls: { client: { 'net.ipv4.tcp_orphan_retries': '1' } },
      async play({ client, server, wire }) {
        const [near] = await client.connectTo(server)
        await wire.cut()
        await near.destroy()
      },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX ESTABLISHED
        3. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX ESTABLISHED
        4. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX ESTABLISHED
        5. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX ESTABLISHED
        6. CLOSED                                               ESTABLISHED
      `,
    },
    'second-every-time': {
      sysctls: { server: { 'net.ipv4.tcp_orphan_retries': '1' } },
      async play({ client, server, wire, ladder }) {
        const [near, far] = await client.connectTo(server)
        await near.end()
        await ladder.row(3)
        await wire.cut()
        await far.end()
      },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           FIN-WAIT-2  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. FIN-WAIT-2  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        6. FIN-WAIT-2  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        7. FIN-WAIT-2  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        8. FIN-WAIT-2                                           CLOSED
      `,
    },
  },
})

/** The server says goodbye once that row has come true. */
function loses(heard: number) {
  return async ({ client, server, wire, ladder }: Stage) => {
    const [near, far] = await client.connectTo(server)
    for (const row of ladder.lost) await wire.lose({ row })
    await near.end()
    await ladder.row(heard)
    await far.end()
  }
}

/** Of the FIN that was lost a copy arrived. */
function getsThrough(seen: Seen): boolean {
  const fins = seen.segments({ flags: 'FIN,ACK' })
  const lost = fins.find(({ isLost }) => isLost)
  return lost !== undefined && fins.some(fin => fin.from === lost.from && fin.follows(lost, 0) && !fin.isLost)
}
