import { equal } from 'node:assert/strict'
import { holds, lab } from 'handwave'

export default lab({
  title: 'A letter for the previous tenant',
  lesson: `A segment takes a detour (row 5) and is sent again meanwhile (row 8); by the time that the first one turns
up (row 17), the connection is over and the same two ports carry another one. It must not be taken for a part of that.
Two things see to it. TIME-WAIT remembers the last number that was used, and lets a new connection begin only with a
newer one (RFC 9293, 3.6.1): what belongs to the old connection lies before everything that the new one will ever
send. And it lasts until old segments must have died in the network. The server answers with an ACK of what it has,
and its program reads nothing of the old.

With TIME-WAIT switched off on both sides, and numbers that begin anew, the new program does read the old word:
test/labs/turned/old-segment.lab.ts tries it.`,

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
   14. (Open)
       SYN-SENT    --> <SEQ=p><CTL=SYN>                        --> SYN-RECEIVED
   15. ESTABLISHED <-- <SEQ=q><ACK=p+1><CTL=SYN,ACK>           <-- SYN-RECEIVED
   16. ESTABLISHED --> <SEQ=p+1><ACK=q+1><CTL=ACK>             --> ESTABLISHED
   17.             ... <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=3>     --> ESTABLISHED
   18.             <-- <SEQ=q+1><ACK=p+1><CTL=ACK>             <-- ESTABLISHED
   19.             --> <SEQ=p+1><ACK=q+1><CTL=ACK><DATA=3>     -->
   20.             <-- <SEQ=q+1><ACK=p+4><CTL=ACK>             <--
  `,

  async play({ client, server, wire, ladder }) {
    const listener = await server.listen()
    const near = await client.connect(server)
    const far = await listener.accept(near)
    const late = await wire.hold({ row: 5 })
    await near.write('old')
    await late.caught()
    await far.write('hm')
    await ladder.row(9)
    await far.end()
    await ladder.row(11)
    await near.end()
    await ladder.row(13)
    // The port that the first connection had.
    const nearAgain = await client.connect(server, { fromPort: 40_000 })
    const farAgain = await listener.accept(nearAgain)
    await late.release()
    await ladder.row(18)
    await nearAgain.write('new')
    equal(await farAgain.received(3), 'new')
  },

  claims: {
    C41: holds(seen => {
      const [opening, late] = [seen.row(16), seen.row(17)]
      const answer = seen.segments({ from: 'server' }).find(({ departed }) => departed.after(late.arrived))
      return late.arrived.after(opening.departed) && answer?.acknowledges(opening, 0) === true
    }),
  },
})
