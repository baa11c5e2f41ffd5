import original from '../../../labs/time-wait.ts'
import * as close from './closes.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'the-fins-cross': { ...close.FINS_CROSS, turns: ['C27'] },
  'as-if-the-fin-had-not-counted': { ...close.LAST_ACK_WITH_THE_NUMBER_OF_THE_FIN, turns: ['C28', 'C30'] },
  'no-room-for-time-wait': { ...close.NO_TIME_WAIT, turns: ['C29', 'C31'] },

  'nothing-is-lost': {
    turns: ['C37'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    6. (2 MSL)
       CLOSED
    `,
  },

  'somebody-answers-the-last-ack': {
    turns: ['C45'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    6. CLOSED      <-- <SEQ=w+1><CTL=RST>               ...
    `,
    async play({ client, server, wire, ladder }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await ladder.row(3)
      await far.end()
      await ladder.row(5)
      await wire.inject({ row: 6 })
    },
  },

  // What comes is answered, but it is no FIN: the clock runs on (tcp_timewait_state_process, net/ipv4/tcp_minisocks.c).
  'an-old-syn-comes-instead': {
    turns: ['C38'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    6. TIME-WAIT   <-- <SEQ=w-9><CTL=SYN>               ...
    7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    `,
    async play({ client, server, wire, ladder }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await ladder.row(3)
      await far.end()
      await ladder.row(5)
      await wire.inject({ row: 6 })
    },
  },

  // A FIN every fifty seconds keeps it from ever coming to its end.
  'fins-come-again-and-again': {
    turns: ['C39'],
    ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    ...
    7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX
    8. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    ...
    9. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX
   10. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    ...
   11. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX
   12. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    ...
   13. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX
   14. (2 MSL)
       CLOSED
    `,
    async play({ client, server, wire, ladder, wait }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await ladder.row(3)
      await far.end()
      await ladder.row(5)
      // A server that is closed would answer with a RST, and that would be the end of it.
      await wire.cut({ from: 'client', to: 'server' })
      for (const row of [6, 8, 10, 12]) {
        await wait('50s')
        await wire.inject({ row })
      }
    },
  },
})
