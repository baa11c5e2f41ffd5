import { depends, holds, lab, type Stage } from 'handwave'

export default lab({
  title: 'The server that forgets to hang up',
  lesson: `The client has said goodbye and the server's kernel has acknowledged it; only the server's program has not
closed its socket. That is CLOSE-WAIT, and no timer of TCP's ever ends it: it lasts two seconds (the first case) or a
day (the second), just as the program likes. A server that forgets to close collects such sockets until it may open no
more ("too many open files"). Many of them are a fault of the program on this side, and never of the network.

What the client does meanwhile depends on its program. While that holds its socket it may still be waiting for an
answer, and its kernel waits with it in FIN-WAIT-2. Once it has closed the socket (the third case) nobody could read
an answer: Linux gives the server sixty seconds (tcp_fin_timeout) and forgets the connection. The server knows nothing
of that; its FIN gets a RST.`,

  play: bothHoldOn('2s'),
  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4.                                                      (Close)
       TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
  `,

  claims: {
    C36: holds(seen => {
      const closes = seen.server.called('end')
      return seen.server.closeWait.before(closes) && seen.server.left('CLOSE_WAIT').after(closes)
    }),
    C43: depends(seen =>
      seen.client.left('FIN_WAIT_2').after(seen.segment({ from: 'server', flags: 'FIN,ACK' }).arrived),
    ),
  },

  cases: {
    'both-hold-on': {},
    'for-a-day': { play: bothHoldOn('24h'), needs: ['virtual time'] },
    'client-lets-go': {
      async play({ client, server, ladder }) {
        const [near, far] = await client.connectTo(server)
        await near.end()
        await ladder.row(3)
        await near.destroy()
        await ladder.row(4)
        await far.end()
      },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4. (a minute)
           CLOSED                                               CLOSE-WAIT
        5.                                                      (Close)
           CLOSED      <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        6. CLOSED      --> <SEQ=u+1><CTL=RST>               --> CLOSED
      `,
    },
  },
})

function bothHoldOn(duration: string) {
  return async ({ client, server, ladder, wait }: Stage) => {
    const [near, far] = await client.connectTo(server)
    await near.end()
    await ladder.row(3)
    await wait(duration)
    await far.end()
  }
}
