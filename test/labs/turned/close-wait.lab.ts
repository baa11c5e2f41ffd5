import original from '../../../labs/close-wait.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'a-reset-ends-it': {
    turns: ['C36'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. (Abort)
       CLOSED      --> <SEQ=u+1><ACK=w><CTL=RST,ACK>    --> CLOSED
    `,
    async play({ client, server, ladder }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await ladder.row(3)
      await near.reset()
      await ladder.row(4)
      await far.end()
    },
  },
})
