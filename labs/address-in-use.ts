import { equal } from 'node:assert/strict'
import { lab, type Stage } from 'handwave'

export default lab({
  title: 'The server that cannot come back',
  lesson: `A server closes its connection first, ends, and is started again at once: "Address already in use"
(EADDRINUSE). Nobody listens on that port, and no program holds it. What holds it is TIME-WAIT, in which the kernel
remembers one connection of that port for a minute. bind() gives out such a port only if both programs, the old one
and the new one, have said that they do not mind: SO_REUSEADDR. Nearly all servers say so, Node's among them; one that
has forgotten has to wait (the first case).

It is safe. What TIME-WAIT protects is a pair of ports, the client's and the server's, and not the server's port
alone. Others may call at once; and even the same pair may be used again, as in the second case, by a SYN that is
newer than all of the old connection (syn-in-time-wait).`,

  async play(stage) {
    await serverLeaves(stage)
    const { server, ladder } = stage
    const error = await server.listen({ reuseAddress: false }).catch((failure: { code: string }) => failure.code)
    equal(error, 'EADDRINUSE')
    await ladder.row(6)
    await server.listen({ reuseAddress: false })
  },
  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2.                                                      (Close)
       CLOSE-WAIT  <-- <SEQ=w><ACK=u><CTL=FIN,ACK>          <-- FIN-WAIT-1
    3. CLOSE-WAIT  --> <SEQ=u><ACK=w+1><CTL=ACK>            --> FIN-WAIT-2
    4. (Close)
       LAST-ACK    --> <SEQ=u><ACK=w+1><CTL=FIN,ACK>        --> TIME-WAIT
    5. CLOSED      <-- <SEQ=w+1><ACK=u+1><CTL=ACK>          <-- TIME-WAIT
    6.                                                      (2 MSL)
                                                            CLOSED
  `,

  cases: {
    'does-not-say': {},
    'does-not-mind': {
      async play(stage) {
        await serverLeaves(stage)
        await stage.server.listen({ reuseAddress: true })
        // The port that the first connection had.
        await stage.client.connect(stage.server, { fromPort: 40_000 })
      },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2.                                                      (Close)
           CLOSE-WAIT  <-- <SEQ=w><ACK=u><CTL=FIN,ACK>          <-- FIN-WAIT-1
        3. CLOSE-WAIT  --> <SEQ=u><ACK=w+1><CTL=ACK>            --> FIN-WAIT-2
        4. (Close)
           LAST-ACK    --> <SEQ=u><ACK=w+1><CTL=FIN,ACK>        --> TIME-WAIT
        5. CLOSED      <-- <SEQ=w+1><ACK=u+1><CTL=ACK>          <-- TIME-WAIT
        6. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> SYN-RECEIVED
        7. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        8. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> ESTABLISHED
      `,
    },
  },
})

/** The server closes first, its connection and its listener. */
async function serverLeaves({ client, server, ladder }: Stage) {
  const listener = await server.listen()
  const near = await client.connect(server)
  const far = await listener.accept(near)
  await listener.close()
  await far.end()
  await ladder.row(3)
  await near.end()
  await ladder.row(5)
}
