import original from '../../../labs/lost-syn-ack.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'nobody-listens-any-more': {
    turns: ['C12'],
    ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3. SYN-SENT    XXX <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    4. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> CLOSED
    5. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>    <-- CLOSED
    `,
    async play({ client, server, wire, ladder }) {
      const listener = await server.listen()
      await wire.lose({ row: 3 })
      await client.startConnecting(server)
      await ladder.row(3)
      await listener.close()
    },
  },
})
