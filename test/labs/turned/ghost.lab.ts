import original from '../../../labs/ghost.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'the-kernel-waits-for-a-third': {
    turns: ['C17'],
    ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. (long gone) ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
    3. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    4. CLOSED      --> <SEQ=91><CTL=RST>                XXX SYN-RECEIVED
    5. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    6. CLOSED      --> <SEQ=91><CTL=RST>                XXX SYN-RECEIVED
    7.                                                      LISTEN
    `,
  },
  'the-client-refuses-nothing': {
    turns: ['C16'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Abort)
       CLOSED      --> <SEQ=91><ACK=201><CTL=RST,ACK>   --> CLOSED
    3. (again)     ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
    4. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    5. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
    `,
    async play({ client, server, wire, wait }) {
      const [near, far] = await client.connectTo(server)
      const { from, to, seq } = await server.heard('SYN')
      await near.reset()
      await far.closed()
      await client.withholdResets()
      await wait('1s')
      await wire.inject({ from, to, flags: 'SYN', seq })
    },
  },
})
