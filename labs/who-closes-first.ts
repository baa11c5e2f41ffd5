import { holds, lab, type Seen, type Stage } from 'handwave'

export default lab({
  title: 'The one who says goodbye first',
  lesson: `TCP has no hang-up that belongs to one side: client or server, whoever says goodbye first sends the first
FIN, and ends up in TIME-WAIT. The other need not wait, for only one of them has sent the last ACK. It matters to
those with many connections: a web server that closes after each answer collects a TIME-WAIT for every request, while
one that lets its clients close has none. A TIME-WAIT costs a pair of ports and some memory, and no socket.`,

  play: closes('client'),
  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>          --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>            <-- CLOSE-WAIT
    4.                                                      (Close)
       TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>        <-- LAST-ACK
    5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>          --> CLOSED
  `,

  claims: { C31: holds(timeWaitIsTheFirstOnes) },

  cases: {
    client: {},
    server: {
      play: closes('server'),
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2.                                                      (Close)
           CLOSE-WAIT  <-- <SEQ=w><ACK=u><CTL=FIN,ACK>          <-- FIN-WAIT-1
        3. CLOSE-WAIT  --> <SEQ=u><ACK=w+1><CTL=ACK>            --> FIN-WAIT-2
        4. (Close)
           LAST-ACK    --> <SEQ=u><ACK=w+1><CTL=FIN,ACK>        --> TIME-WAIT
        5. CLOSED      <-- <SEQ=w+1><ACK=u+1><CTL=ACK>          <-- TIME-WAIT
      `,
    },
  },
})

function closes(first: 'client' | 'server') {
  return async ({ client, server, ladder }: Stage) => {
    const ends = await client.connectTo(server)
    const [one, other] = first === 'client' ? ends : ends.toReversed()
    await one?.end()
    await ladder.row(3)
    await other?.end()
  }
}

function timeWaitIsTheFirstOnes(seen: Seen): boolean {
  const [fin] = seen.segments({ flags: 'FIN,ACK' })
  const waiting = [seen.client, seen.server].filter(host => host.wasIn('TIME_WAIT'))
  return (
    fin !== undefined &&
    waiting.length === 1 &&
    waiting[0]?.wasIn('FIN_WAIT_1') === true &&
    seen.host(fin.from).wasIn('TIME_WAIT')
  )
}
