import original from '../../../labs/syn-cookies.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'no-cookies': {
    turns: ['C50'],
    sysctls: { server: { 'net.ipv4.tcp_syncookies': '0', 'net.ipv4.tcp_synack_retries': '0' } },
    ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    4. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
    `,
    async play({ client, server, flood, wait }) {
      await server.listen({ backlog: 8 })
      await flood()
      await wait('500ms')
      await client.connectTo(server)
    },
  },
})
