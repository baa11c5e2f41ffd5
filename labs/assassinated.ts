import { lab } from 'handwave'

export default lab({
  title: 'How a stray segment ends the wait',
  lesson: `The server has closed first and is in TIME-WAIT. A segment of the old connection that took a detour (row 5)
turns up at last (row 14). The server answers as it must, with an ACK. But the client is closed long since; to it that
ACK belongs to no connection, and it answers with a RST. RFC 9293 lets that RST end TIME-WAIT, and Linux does so (the
first case): after one stray segment nobody waits any more, and the next one might find a new connection there.

RFC 1337 called it TIME-WAIT assassination and would have the RST ignored. That is net.ipv4.tcp_rfc1337=1 (the second
case), which hardly anybody sets.`,

  ladder: `
       client                                                  server
    1. CLOSED                                                  LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
    5.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=3>     ...
    6.             <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=2>     <--
    7.             --> <SEQ=x+4><ACK=y+3><CTL=ACK>             -->
    8.             --> <SEQ=x+1><ACK=y+3><CTL=ACK><DATA=3>     -->
    9.             <-- <SEQ=y+3><ACK=x+4><CTL=ACK>             <--
   10.                                                         (Close)
       CLOSE-WAIT  <-- <SEQ=y+3><ACK=x+4><CTL=FIN,ACK>         <-- FIN-WAIT-1
   11. CLOSE-WAIT  --> <SEQ=x+4><ACK=y+4><CTL=ACK>             --> FIN-WAIT-2
   12. (Close)
       LAST-ACK    --> <SEQ=x+4><ACK=y+4><CTL=FIN,ACK>         --> TIME-WAIT
   13. CLOSED      <-- <SEQ=y+4><ACK=x+5><CTL=ACK>             <-- TIME-WAIT
   14. CLOSED      ... <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=3>     --> TIME-WAIT
   15. CLOSED      <-- <SEQ=y+4><ACK=x+5><CTL=ACK>             <-- TIME-WAIT
   16. CLOSED      --> <SEQ=x+5><CTL=RST>                      --> CLOSED
  `,

  async play({ client, server, wire, ladder }) {
    const [near, far] = await client.connectTo(server)
    const late = await wire.hold({ row: 5 })
    await near.write('old')
    await late.caught()
    await far.write('hm')
    await ladder.row(9)
    await far.end()
    await ladder.row(11)
    await near.end()
    await ladder.row(13)
    await late.release()
  },

  cases: {
    believed: {},
    'not-believed': {
      sysctls: { server: { 'net.ipv4.tcp_rfc1337': '1' } },
      ladder: `
           client                                                  server
        1. CLOSED                                                  LISTEN
        2. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
        5.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=3>     ...
        6.             <-- <SEQ=y+1><ACK=x+1><CTL=ACK><DATA=2>     <--
        7.             --> <SEQ=x+4><ACK=y+3><CTL=ACK>             -->
        8.             --> <SEQ=x+1><ACK=y+3><CTL=ACK><DATA=3>     -->
        9.             <-- <SEQ=y+3><ACK=x+4><CTL=ACK>             <--
       10.                                                         (Close)
           CLOSE-WAIT  <-- <SEQ=y+3><ACK=x+4><CTL=FIN,ACK>         <-- FIN-WAIT-1
       11. CLOSE-WAIT  --> <SEQ=x+4><ACK=y+4><CTL=ACK>             --> FIN-WAIT-2
       12. (Close)
           LAST-ACK    --> <SEQ=x+4><ACK=y+4><CTL=FIN,ACK>         --> TIME-WAIT
       13. CLOSED      <-- <SEQ=y+4><ACK=x+5><CTL=ACK>             <-- TIME-WAIT
       14. CLOSED      ... <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=3>     --> TIME-WAIT
       15. CLOSED      <-- <SEQ=y+4><ACK=x+5><CTL=ACK>             <-- TIME-WAIT
       16. CLOSED      --> <SEQ=x+5><CTL=RST>                      --> TIME-WAIT
       17.                                                         (2 MSL)
                                                                   CLOSED
      `,
    },
  },
})
