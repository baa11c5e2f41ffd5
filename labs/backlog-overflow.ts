import { equal } from 'node:assert/strict'
import { lab, ListenQueue, node, type Stage } from 'handwave'

const RULES = { backlog: 2, syncookies: 0, maxSynBacklog: 128 } as const

export default lab({
  title: 'Connections that nobody accepts',
  lesson: `Behind the half-open entries there is a second queue: connections that are open, and wait until the program accepts them.
It holds the backlog of listen(2) and one. A program that hangs (here it is stopped) lets it fill, and no attacker is
needed. Then SYNs are dropped, and callers wait. Worse is he who has his SYN+ACK already: his third segment finds no
room and is ignored, so that he believes in a connection which the server does not have, and what he says is thrown away.
The server repeats its SYN+ACK until there is room (tcp_abort_on_overflow = 1 would tell him by a RST). ss -ltn shows the
queue as Recv-Q and its limit as Send-Q; nstat -az TcpExtListenOverflows counts what found it full.`,

  hosts: ['visitor'],
  sysctls: { server: { 'net.ipv4.tcp_syncookies': '0' } },
  play: async () => {},

  cases: {
    'calls-in-vain': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
        3. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        4. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
      `,
      async play(stage: Stage) {
        const { client, host, server, ladder } = stage
        const program = await hangingServer(stage)
        for (let n = 0; n < 3; n++) await host('visitor').connect(server)
        await client.startConnecting(server)
        await ladder.row(2)
        await program.continue()
      },
      foretold: { server: new ListenQueue(RULES).handshakes(3).syns(1).accepted(3).handshakes(1).foretold },
    },
    'believes-in-vain': {
      ladder: `
           client                                                   server
        1. CLOSED                                                   LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                     --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          ... SYN-RECEIVED
        5.             ... <SEQ=x+1><ACK=y+1><CTL=ACK>          --> SYN-RECEIVED
        6. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        7. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> SYN-RECEIVED
        8. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>        <-- SYN-RECEIVED
        9. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>          --> ESTABLISHED
      `,
      async play(stage: Stage) {
        const { client, host, server, wire, ladder } = stage
        const program = await hangingServer(stage)
        for (let n = 0; n < 2; n++) await host('visitor').connect(server)
        const ack = await wire.hold({ row: 4 })
        const near = await client.connect(server)
        await ack.caught()
        await host('visitor').connect(server)
        await ack.release()
        await ladder.row(7)
        equal(await near.error(), null)
        await program.continue()
      },
      // The client's third segment comes twice while there is no room.
      foretold: { server: new ListenQueue(RULES).handshakes(2).syns(2).acks(1).acks(2).accepted(3).acks(1).foretold },
    },
  },
})

/** A program that listens, and from then on does nothing. */
async function hangingServer({ server }: Stage) {
  const program = await server.start(node(listen, server.port, RULES.backlog))
  await program.said('listening')
  await program.stop()
  return program
}

async function listen(port: number, backlog: number) {
  const { createServer } = await import('node:net')
  createServer(() => {}).listen({ host: process.env['HOST'], port, backlog }, () => console.log('listening'))
}
