import original from '../../../labs/lost-syn.ts'
import { turned } from './turned.ts'

export default turned(original, {
  // tcp_syn_linear_timeouts: so many times a client asks again after a second, before it begins to wait longer.
  'asks-every-second': {
    turns: ['C11'],
    sysctls: { client: { 'net.ipv4.tcp_syn_retries': '2', 'net.ipv4.tcp_syn_linear_timeouts': '4' } },
    ladder: `
       client                                           server
    1. CLOSED                                           LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>             XXX LISTEN
    3. SYN-SENT    --> <SEQ=x><CTL=SYN>             XXX LISTEN
    4. SYN-SENT    --> <SEQ=x><CTL=SYN>             XXX LISTEN
    `,
    async play({ client, server, wire }) {
      await server.listen()
      await wire.cut()
      await client.startConnecting(server)
    },
  },
})
