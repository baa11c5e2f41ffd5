import type { Stage } from 'handwave'
import original from '../../../labs/old-segment.ts'
import { turned } from './turned.ts'

/** No TIME_WAIT, and no timestamps that would tell old from new. */
const OFF = { 'net.ipv4.tcp_max_tw_buckets': '0', 'net.ipv4.tcp_timestamps': '0' }

export default turned(original, {
  'nobody-waits-and-numbers-begin-anew': {
    turns: ['C41'],
    link: { delay: '20ms' },
    sysctls: { client: OFF, server: OFF },
    ladder: `
       client                                                  server
    1. ESTABLISHED                                             ESTABLISHED
    2.              --> <SEQ=x><ACK=y><CTL=ACK><DATA=3>        ...
    3.              --> <SEQ=x><ACK=y><CTL=ACK><DATA=3>        -->
    4.              <-- <SEQ=y><ACK=x+3><CTL=ACK>              <--
    5. FIN-WAIT-1   --> <SEQ=x+3><ACK=y><CTL=FIN,ACK>          --> CLOSE-WAIT
    6. CLOSED       <-- <SEQ=y><ACK=x+4><CTL=FIN,ACK>          <-- LAST-ACK
    7. CLOSED       --> <SEQ=x+4><ACK=y+1><CTL=ACK>            --> CLOSED
    8. SYN-SENT     --> <SEQ=x-1><CTL=SYN>                     ...
    9. SYN-RECEIVED <-- <SEQ=y-1><CTL=SYN>                     <-- SYN-SENT
   10.              ... <SEQ=x-1><CTL=SYN>                     --> SYN-RECEIVED
   11. SYN-RECEIVED --> <SEQ=x-1><ACK=y><CTL=SYN,ACK>          ...
   12. ESTABLISHED  <-- <SEQ=y-1><ACK=x><CTL=SYN,ACK>          <-- SYN-RECEIVED
   13.              ... <SEQ=x-1><ACK=y><CTL=SYN,ACK>          --> ESTABLISHED
   14.              <-- <SEQ=y><ACK=x><CTL=ACK>                <--
   16. ESTABLISHED  --> <SEQ=x><ACK=y><CTL=ACK>                --> ESTABLISHED
   17.              ... <SEQ=x><ACK=y><CTL=ACK><DATA=3>        --> ESTABLISHED
   18.              <-- <SEQ=y><ACK=x+3><CTL=ACK>              <-- ESTABLISHED
    `,
    async play(stage) {
      const { wire, wait } = stage
      const [near, far] = await bothCall(stage)
      await wait('1s')
      const late = await wire.hold({ from: 'client', exactly: 'ACK' })
      await near.write('old')
      await far.received(3)
      await near.end()
      await far.ended()
      await far.end()
      await wait('1s')
      const [, farAgain] = await bothCall(stage)
      await wait('1s')
      await late.release()
      const read = await farAgain.received(3)
      if (read !== 'old') throw new Error(`The new connection's program read '${read}'.`)
    },
  },
})

/** Only who calls can choose its first number: so both do. */
async function bothCall({ client, server }: Stage) {
  const near = await client.startConnecting(server, { fromPort: 4000, port: 5000, firstNumber: 1000 })
  const far = await server.startConnecting(client, { fromPort: 5000, port: 4000, firstNumber: 9000 })
  await near.connected()
  await far.connected()
  return [near, far] as const
}
