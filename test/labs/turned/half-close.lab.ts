import original from '../../../labs/half-close.ts'
import * as close from './closes.ts'
import { turned } from './turned.ts'

export default turned(original, {
  // Who has closed altogether does not acknowledge what comes.
  'nobody-listens-any-more': {
    turns: ['C25'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>          --> CLOSE-WAIT
    3. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK><DATA=3>    <-- CLOSE-WAIT
    4. CLOSED      --> <SEQ=u+1><CTL=RST>                   --> CLOSED
    `,
    async play({ client, server }) {
      const [near, far] = await client.connectTo(server)
      await near.destroy()
      await far.ended()
      await far.write('one')
    },
  },

  'data-after-a-forged-fin': { ...close.FORGED_FIN_THEN_DATA, turns: ['C26'] },
})
