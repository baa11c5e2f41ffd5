import original from '../../../labs/simultaneous-close.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'one-after-the-other': {
    turns: ['C35'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=300><ACK=101><CTL=ACK>      <-- CLOSE-WAIT
    4.                                                      (Close)
       TIME-WAIT   <-- <SEQ=300><ACK=101><CTL=FIN,ACK>  <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=101><ACK=301><CTL=ACK>      --> CLOSED
    `,
    async play({ client, server, ladder }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await ladder.row(3)
      await far.end()
    },
  },
})
