import { deepEqual } from 'node:assert/strict'
import { lab, type Stage } from 'handwave'

export default lab({
  title: 'What a cookie has no room for',
  lesson: `A cookie is 32 bits of a sequence number: a check that it is genuine, and two or three bits for the largest segment size
(Linux rounds it down to 536, 1300, 1440 or 1460). Whatever else the client's SYN offered is gone: window scaling, without
which a connection has no more than 64 KiB under way, and selective acknowledgements. Linux hides them in the timestamp
of its answer, which the client echoes: with timestamps nothing is lost, without them the SYN+ACK offers nothing but the
segment size. Nor is there anybody to repeat an answer that was lost: the client has to ask again. And if its third
segment is lost there is no connection, though the client believes in one: its first data makes one, but where the
server is to speak first (SMTP, SSH) both wait for ever.`,

  sysctls: { server: { 'net.ipv4.tcp_syncookies': '2' } },
  play: async () => {},
  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- LISTEN
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,

  cases: {
    'a-memory': {
      sysctls: {
        client: { 'net.ipv4.tcp_timestamps': '0' },
        server: { 'net.ipv4.tcp_syncookies': '0' },
      },
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
      `,
      play: answered('mss', 'sackPermitted', 'windowScale'),
    },
    cookie: {
      sysctls: { client: { 'net.ipv4.tcp_timestamps': '0' }, server: { 'net.ipv4.tcp_syncookies': '2' } },
      play: answered('mss'),
    },
    'cookie-and-timestamps': { play: answered('mss', 'sackPermitted', 'timestamps', 'windowScale') },
    'the-answer-is-lost': {
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
        3. SYN-SENT    XXX <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- LISTEN
        4. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
        5. ESTABLISHED <-- <ACK=x+1><CTL=SYN,ACK>           <-- LISTEN
        6. ESTABLISHED --> <SEQ=x+1><CTL=ACK>               --> ESTABLISHED
      `,
      async play({ client, server, wire }) {
        await server.listen()
        await wire.lose({ row: 3 })
        await client.connect(server)
      },
    },
    'the-last-word-is-lost': {
      ladder: `
           client                                                  server
        1. CLOSED                                                  LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                    --> LISTEN
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       <-- LISTEN
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>         XXX
        5. (silence)   --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
        6. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>         <-- ESTABLISHED
      `,
      async play({ client, server, wire, wait }) {
        await server.listen()
        await wire.lose({ row: 4 })
        const near = await client.connect(server)
        await wait('10s')
        await near.write('hello')
      },
    },
  },
})

/** The server's answer has these options, and no other. */
function answered(...options: readonly string[]) {
  return async ({ client, server }: Stage) => {
    await client.connectTo(server)
    const { options: offered } = await client.heard('SYN,ACK')
    deepEqual([...offered].sort(), options)
  }
}
