import { depends, lab, type Seen } from 'handwave'

export default lab({
  title: 'Talking before hello is over',
  lesson: `Must the handshake be over before anything is said? It mostly is (the first case). But the client is
ESTABLISHED when it sends the third segment, and may speak with it; the server becomes so by that very segment (the
second case; Linux holds the third segment back for that where TCP_QUICKACK is off).

It may even speak with its first: TCP Fast Open (RFC 7413) puts data on the SYN. The price is a cookie, a secret that
the server gave it at an earlier visit and that shows that the client's address is not forged. With the end of that
visit the third case begins. The server's program gets the words, and may answer, while the server is still in
SYN-RECEIVED. Both sides must want it (tcp_fastopen, and TCP_FASTOPEN_CONNECT in the client's program).`,

  link: { delay: '20ms' },

  claims: { C18: depends(flowsOnlyAfter), C19: depends(carriesNoData) },

  cases: {
    afterwards: {
      ladder: `
           client                                                     server
        1. CLOSED                                                     LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                       --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>          <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>            --> ESTABLISHED
        5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5>    --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>            <-- ESTABLISHED
      `,
    },
    'with-the-third': {
      ladder: `
           client                                                     server
        1. CLOSED                                                     LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                       --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>          <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5>    --> ESTABLISHED
        5. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>            <-- ESTABLISHED
      `,
      async play({ client, server }) {
        await server.listen()
        const near = await client.connect(server, { quickAck: false })
        await near.write('hello')
      },
    },
    'with-the-first': {
      // Of the server's bits: 2 accepts it, 1024 for every program that listens.
      sysctls: { client: { 'net.ipv4.tcp_fastopen': '1' }, server: { 'net.ipv4.tcp_fastopen': '1026' } },
      ladder: `
           client                                                     server
        1. ESTABLISHED                                                ESTABLISHED
        2. (Abort)
           CLOSED      --> <SEQ=u><ACK=w><CTL=RST,ACK>            --> CLOSED
        3. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN><DATA=5>               --> SYN-RECEIVED
        4. ESTABLISHED <-- <SEQ=y><ACK=x+6><CTL=SYN,ACK>          <-- SYN-RECEIVED
        5. ESTABLISHED --> <SEQ=x+6><ACK=y+1><CTL=ACK>            --> ESTABLISHED
      `,
      async play({ client, server, ladder, wait }) {
        const way = { fromPort: 40_000, fastOpen: true }
        await server.listen()
        const earlier = await client.connect(server, way)
        // Both sides know by then that the handshake is over.
        await wait('1s')
        await earlier.reset()
        await ladder.row(2)
        const near = await client.startConnecting(server, way)
        await near.write('hello')
      },
    },
  },

  async play({ client, server, ladder }) {
    await server.listen()
    const near = await client.connect(server)
    await ladder.row(4)
    await near.write('hello')
  },
})

function flowsOnlyAfter(seen: Seen): boolean {
  const [data] = seen.segments().filter(({ length }) => length > 0)
  if (!data || data.flags.includes('SYN')) return !data
  return data.departed.after(seen.client.established) && !seen.server.established.after(data.arrived)
}

function carriesNoData(seen: Seen): boolean {
  return seen.segments().every(({ flags, length }) => !flags.includes('SYN') || length === 0)
}
