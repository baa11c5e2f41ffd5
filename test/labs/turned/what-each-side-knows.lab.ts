import original from '../../../labs/what-each-side-knows.ts'
import { turned } from './turned.ts'

export default turned(original, {
  // A SYN that is no answer says of the other way only.
  'both-call-at-once': {
    turns: ['C10'],
    ladder: `
       client                                           server
    1. CLOSED                                           CLOSED
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                ...
    3. SYN-RECEIVED <-- <SEQ=y><CTL=SYN>                <-- SYN-SENT
    4.              ... <SEQ=x><CTL=SYN>                --> SYN-RECEIVED
    5. SYN-RECEIVED --> <SEQ=x><ACK=y+1><CTL=SYN,ACK>   ...
    6. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <-- SYN-RECEIVED
    7.              ... <SEQ=x><ACK=y+1><CTL=SYN,ACK>   --> ESTABLISHED
    8. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     --> ESTABLISHED
       ESTABLISHED  <-- <SEQ=y+1><ACK=x+1><CTL=ACK>     <-- ESTABLISHED
    `,
    async play({ client, server }) {
      await Promise.all([
        client.startConnecting(server, { fromPort: 4000, port: 5000 }),
        server.startConnecting(client, { fromPort: 5000, port: 4000 }),
      ])
    },
  },
  // Somebody acknowledges an ACK, in the server's name.
  'the-last-word-is-confirmed': {
    turns: ['C45'],
    ladder: `
       client                                           server
    1. CLOSED                                           LISTEN
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                --> SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <-- SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     --> ESTABLISHED
    5. ESTABLISHED  <-- <SEQ=y+1><ACK=x+1><CTL=ACK>     ...
    `,
    async play({ client, server, wire, ladder, wait }) {
      await client.connectTo(server)
      await ladder.row(4)
      await wait('100ms')
      await wire.inject({ row: 5 })
    },
  },
})
