import { holds, lab } from 'handwave'

export default lab({
  title: 'I have said all, now you',
  lesson: `A FIN closes one direction and says nothing about the other. A client that shuts down its own direction
(shutdown(SHUT_WR), which Node calls end()) tells the server: my question is complete. Some programs cannot answer
before they know that: a sorter must have seen the last line. The server is in CLOSE-WAIT and may write as long as it
likes; the client, in FIN-WAIT-2, reads and acknowledges, and has nothing more to say itself, so that all its segments
bear the same number, u+1.`,

  link: { delay: '20ms' },

  ladder: `
       client                                                  server
    1. ESTABLISHED                                             ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
    4. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK><DATA=3>       <-- CLOSE-WAIT
    5. FIN-WAIT-2  --> <SEQ=u+1><ACK=w+3><CTL=ACK>             --> CLOSE-WAIT
    6. FIN-WAIT-2  <-- <SEQ=w+3><ACK=u+1><CTL=ACK><DATA=5>     <-- CLOSE-WAIT
    7. FIN-WAIT-2  --> <SEQ=u+1><ACK=w+8><CTL=ACK>             --> CLOSE-WAIT
    8.                                                         (Close)
       TIME-WAIT   <-- <SEQ=w+8><ACK=u+1><CTL=FIN,ACK>         <-- LAST-ACK
    9. TIME-WAIT   --> <SEQ=u+1><ACK=w+9><CTL=ACK>             --> CLOSED
  `,

  async play({ client, server, ladder }) {
    const [near, far] = await client.connectTo(server)
    await near.end()
    await ladder.row(3)
    await far.write('one')
    await ladder.row(5)
    await far.write('more.')
    await ladder.row(7)
    await far.end()
    await near.received(8)
  },

  claims: {
    C25: holds(seen => {
      const [fin] = seen.segments({ flags: 'FIN,ACK' })
      const answers = seen.segments({ from: 'server' }).filter(({ length }) => length > 0)
      const acks = seen.segments({ from: 'client', flags: 'ACK' })
      return (
        answers.length > 0 &&
        answers.every(
          answer => fin?.arrived.before(answer.departed) && acks.some(ack => ack.acknowledges(answer, answer.length)),
        )
      )
    }),
    C26: holds(seen => {
      const [fin] = seen.segments({ flags: 'FIN,ACK' })
      const later = seen.segments({ from: 'client' }).filter(({ departed }) => fin?.departed.before(departed))
      return later.some(({ flags }) => flags === 'ACK') && later.every(({ length }) => length === 0)
    }),
  },
})
