import original from '../../../labs/lost-third-segment.ts'
import { turned } from './turned.ts'

const NOTHING_GETS_THROUGH = `
     client                                               server
  1. CLOSED                                               LISTEN
  2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      XXX SYN-RECEIVED
  5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
  6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      XXX SYN-RECEIVED`

export default turned(original, {
  'nothing-ever-gets-through': {
    turns: ['C13'],
    sysctls: { server: { 'net.ipv4.tcp_synack_retries': '1' } },
    ladder: `${NOTHING_GETS_THROUGH}
    7. ESTABLISHED                                          LISTEN
    `,
  },
  // A server that is told to repeat its answer more often has not given up by then.
  'the-server-is-more-patient': {
    turns: ['C15'],
    sysctls: { server: { 'net.ipv4.tcp_synack_retries': '5' } },
    ladder: `${NOTHING_GETS_THROUGH}
   10. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> --> ESTABLISHED
    `,
    async play({ client, server, wire, ladder, wait }) {
      await server.listen()
      for (const row of ladder.lost) await wire.lose({ row })
      const near = await client.connect(server)
      await ladder.row(6)
      await wait('1s')
      await near.write('hello')
    },
  },
})
