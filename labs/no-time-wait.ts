import { equal } from 'node:assert/strict'
import { holds, lab, type Stage } from 'handwave'

export default lab({
  title: 'Nobody there to say it again',
  lesson: `What if the first to leave did not wait? Linux keeps no more TIME-WAITs than tcp_max_tw_buckets says.
Somebody who wants to be rid of them sets it to 0, and for a while nobody notices (the first case). Then one last ACK
is lost. The server says its FIN again, as it must, but the client's kernel knows of no such connection any more, and
answers as it would a stranger, with a RST. Everything had been said and heard on both sides, and yet a server that
asks how it ended (SO_ERROR) is told "connection reset by peer", ECONNRESET.

With TIME-WAIT (the second case) the same loss costs a quarter of a second, and no error.`,

  link: { delay: '20ms' },

  play: endsWith('ECONNRESET'),
  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4.                                                      (Close)
       CLOSED      <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. CLOSED      --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX LAST-ACK
    6. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    7. CLOSED      --> <SEQ=u+1><CTL=RST>               --> CLOSED
  `,

  cases: {
    'switched-off': {
      sysctls: { client: { 'net.ipv4.tcp_max_tw_buckets': '0' } },
      claims: {
        C40: holds(seen => {
          const [refusal] = seen.segments({ from: 'client', flags: 'RST' })
          const isOver = seen.server.moved('LAST_ACK', 'CLOSED')
          return refusal !== undefined && isOver.after(refusal.arrived) && !seen.client.wasIn('TIME_WAIT')
        }),
      },
    },
    'switched-on': {
      play: endsWith(null),
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX LAST-ACK
        6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
      `,
    },
  },
})

/** The last ACK is lost; what does the server's program hear of it? */
function endsWith(error: string | null) {
  return async ({ client, server, wire, ladder }: Stage) => {
    // What has not read the end is not closed by Node yet, and can still be asked.
    const listener = await server.listen({ paused: true })
    const near = await client.connect(server)
    const far = await listener.accept(near)
    await wire.lose({ row: 5 })
    await near.end()
    await ladder.row(3)
    await far.end()
    await ladder.row(7)
    equal(await far.error(), error)
  }
}
