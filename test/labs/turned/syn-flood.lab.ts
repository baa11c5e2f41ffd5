import original from '../../../labs/syn-flood.ts'
import { turned } from './turned.ts'

const letIn = {
  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- LISTEN
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,
  flood: { from: 'attacker', to: 'server', segments: 20, perSecond: 1000 },
} as const

export default turned(original, {
  'nothing-piles-up': {
    turns: ['C46'],
    ...letIn,
    sysctls: { server: { 'net.ipv4.tcp_syncookies': '2' } },
    async play({ client, server, flood }) {
      await server.listen({ backlog: 8 })
      await flood()
      await client.connectTo(server)
    },
  },
  'cookies-when-full': {
    turns: ['C47'],
    ...letIn,
    sysctls: { server: { 'net.ipv4.tcp_syncookies': '1' } },
    async play({ client, server, flood }) {
      await server.listen({ backlog: 8 })
      await flood()
      await client.connectTo(server)
    },
  },
})
