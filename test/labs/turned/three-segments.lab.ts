import original from '../../../labs/three-segments.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'a-second-later': {
    turns: ['C32'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    `,
    async play({ client, server, wait }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await far.ended()
      await wait('1s')
      await far.end()
    },
  },
})
