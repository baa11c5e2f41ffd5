import original from '../../../labs/number-without-flag.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'with-the-flag-both-times': {
    turns: ['C08'],
    ladder: `
       client                                               server
    1. CLOSED                                               CLOSED
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 ...
    3. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>    ...
    4. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>    ...
    `,
    async play({ client, server, wire, ladder, wait }) {
      await wire.hold({ row: 2 })
      await client.startConnecting(server)
      await ladder.row(2)
      await wire.inject({ row: 3 })
      await ladder.row(3)
      await wait('10ms')
      await wire.inject({ row: 4 })
    },
  },
})
