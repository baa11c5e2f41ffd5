import { depends, lab, type Seen, type Stage } from 'handwave'

export default lab({
  title: 'Hanging up before having heard all',
  lesson: `close() returns at once, and the kernel goes on: an answer that is lost is sent again, though the program
that wrote it may have ended. So closing loses nothing, as a rule (the first case). But if something that the other
side has sent lies unread, close() throws it away, and RFC 9293 (3.6.1) has the other side told, with a RST in place
of the FIN. With that the connection is no more, and an answer that was lost stays lost (the second case). (The RST
stands behind the lost answer, and not where the client is: it asks, row 9, and is told once more, row 10.)

Servers that refuse an upload halfway meet this: their clients see "connection reset" and never the reason. The cure
is to read to the end before closing; nginx calls it lingering_close.`,

  play: answerAndClose('read'),
  ladder: `
       client                                                  server
    1. CLOSED                                                  LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
    5.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=8>     -->
    6.             <-- <SEQ=y+1><ACK=x+9><CTL=ACK>             <--
    7.             XXX <SEQ=y+1><ACK=x+9><CTL=ACK><DATA=6>     <-- ESTABLISHED
    8.                                                         (Close)
       ESTABLISHED <-- <SEQ=y+7><ACK=x+9><CTL=FIN,ACK>         <-- FIN-WAIT-1
    9. ESTABLISHED --> <SEQ=x+9><ACK=y+1><CTL=ACK>             --> FIN-WAIT-1
   10. CLOSE-WAIT  <-- <SEQ=y+1><ACK=x+9><CTL=ACK><DATA=6>     <-- FIN-WAIT-1
   11. CLOSE-WAIT  --> <SEQ=x+9><ACK=y+8><CTL=ACK>             --> FIN-WAIT-2
  `,

  claims: { C44: depends(answerArrives) },

  cases: {
    read: {},
    unread: {
      play: answerAndClose('unread'),
      ladder: `
           client                                                  server
        1. CLOSED                                                  LISTEN
        2. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>                        --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>             --> ESTABLISHED
        5.             --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=8>     -->
        6.             <-- <SEQ=y+1><ACK=x+9><CTL=ACK>             <--
        7.             XXX <SEQ=y+1><ACK=x+9><CTL=ACK><DATA=6>     <-- ESTABLISHED
        8.                                                         (Close)
           ESTABLISHED <-- <SEQ=y+7><ACK=x+9><CTL=RST,ACK>         <-- CLOSED
        9. ESTABLISHED --> <SEQ=x+9><ACK=y+1><CTL=ACK>             --> CLOSED
       10. CLOSED      <-- <SEQ=y+1><CTL=RST>                      <-- CLOSED
      `,
    },
  },
})

function answerAndClose(question: 'read' | 'unread') {
  return async ({ client, server, wire, ladder }: Stage) => {
    const listener = await server.listen({ paused: question === 'unread' })
    const near = await client.connect(server)
    const far = await listener.accept(near)
    await near.write('question')
    await ladder.row(6)
    await wire.lose({ row: 7 })
    await far.write('answer')
    await far.destroy()
  }
}

function answerArrives(seen: Seen): boolean {
  const copies = seen.segments({ from: 'server' }).filter(({ length }) => length > 0)
  return copies.some(({ isLost }) => !isLost)
}
