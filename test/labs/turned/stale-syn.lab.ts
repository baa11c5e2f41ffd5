import original from '../../../labs/stale-syn.ts'
import { turned } from './turned.ts'

export default turned(original, {
  // The server has forgotten the old SYN before the client's own RST reaches it.
  'somebody-else-is-faster': {
    turns: ['C16'],
    ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=100><CTL=SYN>               ...
    3. (duplicate) ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
    4. SYN-SENT    <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    5. SYN-SENT    --> <SEQ=91><CTL=RST>                ...
    6. (forged)    ... <SEQ=91><ACK=301><CTL=RST,ACK>   --> LISTEN
    7.             ... <SEQ=91><CTL=RST>                --> LISTEN
    `,
    async play({ client, server, wire, ladder }) {
      await server.listen()
      await wire.hold({ row: 2 })
      const reset = await wire.hold({ row: 5 })
      await client.startConnecting(server)
      await ladder.row(2)
      // Having sent its RST the client calls again at once, which is another story.
      await wire.cut({ from: 'client', to: 'server' })
      await wire.inject({ row: 3 })
      await reset.caught()
      await wire.inject({ row: 6 })
      await ladder.row(6)
      await reset.release()
    },
  },
})
