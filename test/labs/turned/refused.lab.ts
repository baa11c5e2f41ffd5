import original from '../../../labs/refused.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'somebody-listens': {
    turns: ['C56'],
    ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    `,
    async play({ client, server }) {
      await client.connectTo(server)
    },
  },
})
