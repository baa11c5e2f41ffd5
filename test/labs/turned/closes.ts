import type { TurnedCase } from './turned.ts'

/**
 * What turns the claims of a close in four segments, in its usual rows: 2 the first FIN, 3 its ACK, 4 the second FIN,
 * 5 the last ACK.
 */
type Close = Omit<TurnedCase, 'turns'>

/** Somebody says goodbye in the client's name, and only then the client does. */
export const FORGED_FIRST_FIN: Close = {
  ladder: `
     client                                               server
  1. ESTABLISHED --> <SEQ=u><ACK=w><CTL=ACK>          --> ESTABLISHED
  2.             ... <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. ESTABLISHED <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. (Close)
     FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  `,
  async play({ client, server, wire, ladder }) {
    const [near] = await client.connectTo(server)
    await ladder.row(1)
    await wire.inject({ row: 2 })
    await ladder.row(3)
    await near.end()
  },
}

/** The same, and it goes on talking. */
export const FORGED_FIN_THEN_DATA: Close = {
  ladder: `
     client                                               server
  1. ESTABLISHED --> <SEQ=u><ACK=w><CTL=ACK>          --> ESTABLISHED
  2.             ... <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. ESTABLISHED <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. ESTABLISHED --> <SEQ=u><ACK=w><CTL=ACK><DATA=5>  --> CLOSED
  5. CLOSED      <-- <SEQ=w><CTL=RST>                 <-- CLOSED
  `,
  async play({ client, server, wire, ladder }) {
    const [near] = await client.connectTo(server)
    await ladder.row(1)
    await wire.inject({ row: 2 })
    await ladder.row(3)
    await near.write('hello')
  },
}

/** What was written before the FIN is lost: the FIN has come too early, and is not acknowledged. */
export const DATA_LOST_BEFORE_THE_FIN: Close = {
  ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
                 --> <SEQ=u><ACK=w><CTL=ACK><DATA=5>  XXX
  2. FIN-WAIT-1  --> <SEQ=u+5><ACK=w><CTL=FIN,ACK>    --> ESTABLISHED
  3. FIN-WAIT-1  <-- <SEQ=w><ACK=u><CTL=ACK>          <-- ESTABLISHED
  `,
  async play({ client, server, wire }) {
    const [near] = await client.connectTo(server)
    await wire.lose({ from: 'client', exactly: 'ACK' })
    await near.write('hello')
    await near.end()
  },
}

/** The ACK of the first FIN is slower than the second FIN, which acknowledges as much. */
export const ACK_OVERTAKEN: Close = {
  ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3.             ... <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
  5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
  6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=ACK>        ...
  `,
  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    const ack = await wire.hold({ row: 3 })
    await near.end()
    await ack.caught()
    await far.end()
    await ladder.row(5)
    await ack.release()
  },
}

/** The server says goodbye before it has heard the client's. */
export const FINS_CROSS: Close = {
  ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      ...
  4. CLOSING     <-- <SEQ=w><ACK=u><CTL=FIN,ACK>      <-- FIN-WAIT-1
  5. CLOSING     --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> FIN-WAIT-2
  `,
  async play({ client, server, wire }) {
    const [near, far] = await client.connectTo(server)
    const fin = await wire.hold({ row: 2 })
    await near.end()
    await fin.caught()
    await far.end()
  },
}

/** Who forgets that the FIN has counted one is not understood. */
export const LAST_ACK_WITH_THE_NUMBER_OF_THE_FIN: Close = {
  ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
     TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      ...
  5.             ... <SEQ=u><ACK=w+1><CTL=ACK>        --> LAST-ACK
  `,
  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    await near.end()
    await ladder.row(3)
    const ack = await wire.hold({ from: 'client', exactly: 'ACK' })
    await far.end()
    await ack.caught()
    await wire.inject({ row: 5 })
  },
}

/** With no room for TIME-WAIT the first to leave is the first to be gone. */
export const NO_TIME_WAIT: Close = {
  sysctls: { client: { 'net.ipv4.tcp_max_tw_buckets': '0' } },
  ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
  5. CLOSED      --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
  `,
}
