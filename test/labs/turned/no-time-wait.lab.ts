import original from '../../../labs/no-time-wait.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'nothing-is-lost': {
    sysctls: { client: { 'net.ipv4.tcp_max_tw_buckets': '0' } },
    turns: ['C40'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      -->
    3. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    4. CLOSED      --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    `,
    async play({ client, server }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await far.ended()
      await far.end()
    },
  },
})
