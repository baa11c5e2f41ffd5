import original from '../../../labs/three-way-handshake.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'both-call-at-once': {
    turns: ['C02', 'C20'],
    ladder: `
       client                                           server
    1. CLOSED                                           CLOSED
    2. SYN-SENT     --> <SEQ=100><CTL=SYN>              ...
    3. SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT
    4.              ... <SEQ=100><CTL=SYN>              --> SYN-RECEIVED
    5. SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> ...
    6. ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
    7.              ... <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
    8. ESTABLISHED  --> <SEQ=101><ACK=301><CTL=ACK>     --> ESTABLISHED
       ESTABLISHED  <-- <SEQ=301><ACK=101><CTL=ACK>     <-- ESTABLISHED
    `,
    async play({ client, server }) {
      await Promise.all([
        client.startConnecting(server, { fromPort: 4000, port: 5000 }),
        server.startConnecting(client, { fromPort: 5000, port: 4000 }),
      ])
    },
  },

  // Somebody sends a SYN in the client's name, who knows of nothing; only then does it call.
  'a-forged-syn-comes-first': {
    turns: ['C03', 'C07'],
    ladder: `
       client                                           server
    1. CLOSED                                           LISTEN
    2. (forged)    ... <SEQ=x><CTL=SYN>             --> SYN-RECEIVED
    3. CLOSED      <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> <-- SYN-RECEIVED
    4. CLOSED      --> <SEQ=x+1><CTL=RST>           --> LISTEN
    5. SYN-SENT    --> <SEQ=c><CTL=SYN>             --> SYN-RECEIVED
    6. ESTABLISHED <-- <SEQ=s><ACK=c+1><CTL=SYN,ACK> <-- SYN-RECEIVED
    7. ESTABLISHED --> <SEQ=c+1><ACK=s+1><CTL=ACK>  --> ESTABLISHED
    `,
    async play({ client, server, wire, ladder }) {
      await server.listen()
      await wire.inject({ from: `${client.address}:40000`, to: server, flags: 'SYN', seq: 1 })
      await ladder.row(4)
      await client.startConnecting(server, { fromPort: 40_000 })
    },
  },

  'the-server-answers-an-older-syn': {
    turns: ['C04'],
    repeats: 'allowed',
    ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=100><CTL=SYN>               ...
                   ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
    3. SYN-SENT    <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    4. SYN-SENT    --> <SEQ=91><CTL=RST>                --> LISTEN
    `,
    async play({ client, server, wire }) {
      await server.listen()
      const syn = await wire.hold({ row: 2 })
      await client.startConnecting(server)
      const { seq } = await syn.caught()
      await wire.inject({ from: `${client.address}:40000`, to: server, flags: 'SYN', seq: seq - 10 })
    },
  },

  // Who forgets that the SYN has counted one is not understood.
  'an-ack-forged-with-the-number-of-the-syn': {
    turns: ['C05', 'C09'],
    ladder: `
       client                                                server
    1. CLOSED                                                LISTEN
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
       ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>      ...
    4.              ... <SEQ=x><ACK=y+1><CTL=ACK>        --> SYN-RECEIVED
    5. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
    `,
    async play({ client, server, wire, ladder }) {
      await server.listen()
      const ack = await wire.hold({ from: 'client', exactly: 'ACK' })
      const near = await client.connect(server)
      await ack.caught()
      await wire.inject({ row: 4 })
      await ladder.row(4)
      await near.write('hello')
    },
  },

  'the-last-ack-is-late': {
    turns: ['C06'],
    ladder: `
       client                                                server
    1. CLOSED                                                LISTEN
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>      ...
    5. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
    6. ESTABLISHED  <-- <SEQ=y+1><ACK=x+6><CTL=ACK>      <-- ESTABLISHED
    7.              ... <SEQ=x+1><ACK=y+1><CTL=ACK>      -->
    `,
    async play({ client, server, wire, ladder }) {
      await server.listen()
      const ack = await wire.hold({ row: 4 })
      const near = await client.connect(server)
      await ack.caught()
      await near.write('hello')
      await ladder.row(6)
      await ack.release()
    },
  },
})
