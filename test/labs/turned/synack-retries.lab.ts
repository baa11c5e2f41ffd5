import original from '../../../labs/synack-retries.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'not-once': {
    turns: ['C48'],
    sysctls: { server: { 'net.ipv4.tcp_synack_retries': '0' } },
    ladder: `
       client                                               server
    1.                                                      LISTEN
    2.             ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
    3.             XXX <SEQ=y><ACK=91><CTL=SYN,ACK>     <-- SYN-RECEIVED
    4.                                                      LISTEN
    `,
  },
})
