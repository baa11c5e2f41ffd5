import original from '../../../labs/who-closes-first.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'both-at-once': {
    link: { delay: '20ms' },
    turns: ['C31'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  ... FIN-WAIT-1
                   <-- <SEQ=300><ACK=100><CTL=FIN,ACK>  <--
                   ... <SEQ=100><ACK=300><CTL=FIN,ACK>  -->
    3. CLOSING     --> <SEQ=101><ACK=301><CTL=ACK>      ... CLOSING
                   <-- <SEQ=301><ACK=101><CTL=ACK>      <--
                   ... <SEQ=101><ACK=301><CTL=ACK>      -->
    4. TIME-WAIT                                            TIME-WAIT
    `,
    async play({ client, server }) {
      const [near, far] = await client.connectTo(server)
      await Promise.all([near.end(), far.end()])
    },
  },
})
