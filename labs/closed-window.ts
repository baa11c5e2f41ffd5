import { lab } from 'handwave'

export default lab({
  title: 'A goodbye that has to queue',
  lesson: `Each ACK also says for how many more bytes the receiver has room: its window. Here the server's program
does not read, its small buffer fills up, and the window closes (a remark in the picture). A FIN has its place behind
everything that was written before, and takes a number of its own: there is no room even for that. So when the
client's program says goodbye, its kernel is in FIN-WAIT-1 at once, and no FIN leaves. Now and then it asks with an
old number, which must be answered, whether the window is open yet (row 11; RFC 9293, 3.8.6.1). Only when the server's
program reads again does the FIN go out.

A server that has stopped reading keeps its clients in FIN-WAIT-1. Once their programs have closed the sockets (Linux
calls such a connection an orphan) tcp_orphan_retries limits how long.`,

  link: { delay: '100ms' },
  // A small buffer, soon full; and no early second copy of the last segment (tcp_schedule_loss_probe).
  sysctls: {
    client: { 'net.ipv4.tcp_early_retrans': '0' },
    server: { 'net.ipv4.tcp_rmem': '4096 4096 4096' },
  },

  ladder: `
       client                                                  server
    1. CLOSED                                                  LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
    5.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=724>   -->
    6.             --> <SEQ=x+725><ACK=y+1><CTL=ACK><DATA=724> -->
    7.             <-- <SEQ=y+1><ACK=x+725><CTL=ACK>           <--
    8.             <-- <SEQ=y+1><ACK=x+1449><CTL=ACK>          <--
    9.             --> <SEQ=x+1449><ACK=y+1><CTL=ACK><DATA=456>  -->
   10.             <-- <SEQ=y+1><ACK=x+1905><CTL=ACK>          <-- (no window)
   11. (Close)
       FIN-WAIT-1  --> <SEQ=x+1904><ACK=y+1><CTL=ACK>          --> ESTABLISHED
   12.             <-- <SEQ=y+1><ACK=x+1905><CTL=ACK>          <-- (no window)
   13.             <-- <SEQ=y+1><ACK=x+1905><CTL=ACK>          <-- (it reads)
   14. FIN-WAIT-1  --> <SEQ=x+1905><ACK=y+1><CTL=FIN,ACK>      --> CLOSE-WAIT
   15. FIN-WAIT-2  <-- <SEQ=y+1><ACK=x+1906><CTL=ACK>          <-- CLOSE-WAIT
   16.                                                         (Close)
       TIME-WAIT   <-- <SEQ=y+1><ACK=x+1906><CTL=FIN,ACK>      <-- LAST-ACK
   17. TIME-WAIT   --> <SEQ=x+1906><ACK=y+2><CTL=ACK>          --> CLOSED
  `,

  async play({ client, server, ladder }) {
    const listener = await server.listen({ paused: true })
    const near = await client.connect(server)
    const far = await listener.accept(near)
    // As much as the server's buffer takes.
    await near.write('x'.repeat(1904))
    await ladder.row(10)
    await near.end()
    await ladder.row(12)
    await far.resume()
    await ladder.row(15)
    await far.end()
  },
})
