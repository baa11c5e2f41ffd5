import { holds, lab, type Moment, type Seen } from 'handwave'

export default lab({
  title: 'Who knows what, and when',
  lesson: `A side knows that a way works once something has come by it: the other's segment, or the other's word that its own
has arrived.

    after segment   the client knows             the server knows
    1  SYN          nothing                      client -> server works
    2  SYN,ACK      both ways work               client -> server works
    3  ACK          both ways work               both ways work

Does the client know that the server knows? No: nobody acknowledges segment 3. Were it lost, all would look the same
to the client for now (the second case). One more segment would only move the doubt to whoever sent that one: two
generals who can only send messengers are never sure of each other. TCP does not wait until they are: it goes to work, and
repeats what is not acknowledged.`,

  link: { delay: '20ms' },

  claims: {
    C10: holds(seen => {
      const [syn, synAck, ack] = [2, 3, lastRow(seen)].map(n => seen.row(n))
      if (!syn || !synAck || !ack) return false
      return (
        knows(seen, 'server', syn.arrived) === 'one way' &&
        knows(seen, 'client', synAck.departed) === 'nothing' &&
        knows(seen, 'client', synAck.arrived) === 'both ways' &&
        knows(seen, 'server', ack.departed) === 'one way' &&
        knows(seen, 'server', ack.arrived) === 'both ways'
      )
    }),
    // Whoever spoke last has heard nothing since.
    C45: holds(seen => {
      const last = seen.segments().findLast(({ from }) => from === 'client' || from === 'server')
      return last !== undefined && comeTo(last.from, seen).every(({ arrived }) => arrived.before(last.departed))
    }),
  },

  // The wire loses what the picture draws as lost.
  async play({ client, server, wire, ladder }) {
    await server.listen()
    for (const row of ladder.lost) await wire.lose({ row })
    await client.connect(server)
  },

  cases: {
    'all-is-heard': {
      ladder: `
           client                                                server
        1. CLOSED                                                LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                  --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>     <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>       --> ESTABLISHED
      `,
    },
    'the-last-is-not': {
      ladder: `
           client                                                server
        1. CLOSED                                                LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                  --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>     <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>       XXX SYN-RECEIVED
        5. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>     <-- SYN-RECEIVED
        6. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>       --> ESTABLISHED
      `,
    },
  },
})

/** By what has come to it so far: that it came, and whether it speaks of what was sent from here. */
function knows(seen: Seen, host: string, at: Moment): 'nothing' | 'one way' | 'both ways' {
  const come = comeTo(host, seen).filter(({ arrived }) => !arrived.after(at))
  if (come.length === 0) return 'nothing'
  const own = seen.segments({ from: host })
  return come.some(segment => own.some(sent => segment.acknowledges(sent, 1))) ? 'both ways' : 'one way'
}

function comeTo(host: string, seen: Seen) {
  return seen.segments().filter(segment => segment.from !== host && !segment.isLost)
}

/** The row of the third segment that arrives. */
function lastRow(seen: Seen): number {
  return seen.row(4).isLost ? 6 : 4
}
