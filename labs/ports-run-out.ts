import { lab, node, type Stage } from 'handwave'

const PORTS = 4
const RANGE = { 'net.ipv4.ip_local_port_range': '40000 40003' }

export default lab({
  title: 'Four ports, and then none',
  lesson: `Each connection to one server needs a port of its own on the client's side, and whoever closes first keeps
it for the minute of TIME-WAIT. Linux has 28,232 to give (ip_local_port_range): a proxy that opens and closes 470
connections a second to the same server has none left after a minute, and connect() fails with EADDRNOTAVAIL. Here
there are four. A minute later they are free again (the first case).

Three ways out: do not close, but use the connection again; have the other side close first (the third case); or
tcp_tw_reuse=1 (the second), by which connect() may take a pair that has been in TIME-WAIT for a second, because newer
timestamps tell its segments from the old ones. By default (2) Linux does so only within one machine. (The picture follows one of the four ports.)`,

  sysctls: { client: RANGE },

  cases: {
    'none-left': {
      ladder: `
           client                                                server
        1. ESTABLISHED                                           ESTABLISHED
        2. FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2   <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4. TIME-WAIT    <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT    --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
        6. (2 MSL)
           CLOSED
        7. SYN-SENT     --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
      `,
      async play(stage) {
        await open(stage, PORTS + 1, 'EADDRNOTAVAIL after 4')
        await stage.ladder.row(6)
        await open(stage, 1, 'opened 1')
      },
    },
    'used-again': {
      sysctls: { client: { ...RANGE, 'net.ipv4.tcp_tw_reuse': '1' } },
      ladder: `
           client                                                server
        1. ESTABLISHED                                           ESTABLISHED
        2. FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2   <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4. TIME-WAIT    <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT    --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
        6. SYN-SENT     --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
      `,
      async play(stage) {
        await open(stage, PORTS, 'opened 4')
        await stage.wait('1s')
        await open(stage, PORTS, 'opened 4')
      },
    },
    'server-closes-first': {
      ladder: `
           client                                                server
        1. ESTABLISHED                                           ESTABLISHED
        2. CLOSE-WAIT   <-- <SEQ=w><ACK=u><CTL=FIN,ACK>      <-- FIN-WAIT-1
        3. CLOSE-WAIT   --> <SEQ=u><ACK=w+1><CTL=ACK>        --> FIN-WAIT-2
        4. LAST-ACK     --> <SEQ=u><ACK=w+1><CTL=FIN,ACK>    --> TIME-WAIT
        5. CLOSED       <-- <SEQ=w+1><ACK=u+1><CTL=ACK>      <-- TIME-WAIT
        6. SYN-SENT     --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        7. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
      `,
      play: stage => open(stage, 2 * PORTS, 'opened 8', 'server'),
    },
  },
})

/** A program that opens connections one after the other, and who of the two says goodbye first. */
async function open({ client, server }: Stage, connections: number, outcome: string, first = 'client') {
  const site = await server.start(node(serve, server.port, first === 'server'))
  await site.said('listening')
  const caller = await client.start(node(call, server.address, server.port, connections, first === 'client'))
  await caller.said(outcome)
  await site.kill()
}

async function call(host: string, port: number, connections: number, closesFirst: boolean) {
  const { connect } = await import('node:net')
  const { once } = await import('node:events')
  for (let opened = 0; opened < connections; opened++) {
    const socket = connect({ host, port, allowHalfOpen: true }).resume()
    await once(socket, 'connect').catch(error => {
      console.log(`${error.code} after ${opened}`)
      process.exit()
    })
    if (!closesFirst) socket.on('end', () => setTimeout(() => socket.end(), 300))
    await once(closesFirst ? socket.end() : socket, 'close')
  }
  console.log(`opened ${connections}`)
}

/** Who is second leaves the other's goodbye to the kernel for a while: it is acknowledged by itself. */
async function serve(port: number, closesFirst: boolean) {
  const { createServer } = await import('node:net')
  const site = createServer({ allowHalfOpen: true }, socket => {
    socket.resume()
    if (closesFirst) socket.end()
    else socket.on('end', () => setTimeout(() => socket.end(), 300))
  })
  site.listen(port, () => console.log('listening'))
}
