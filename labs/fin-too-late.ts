import { depends, lab, type Seen } from 'handwave'

export default lab({
  title: 'How long is twice a lifetime?',
  lesson: `The last ACK is lost, and somewhere a FIN is on its way that asks for it again. Both have wandered through
the network for as long as a segment may live there, at worst: hence 2 MSL. Whoever stays for that long hears every
FIN that can still come. How long a segment lives is a matter of the network. RFC 9293 takes it to be two minutes, and
would stay for four; Linux takes it to be half a minute, and stays for sixty seconds (TCP_TIMEWAIT_LEN, which no
setting changes).

So the FIN that comes after forty seconds finds TIME-WAIT, and is answered (the first case). The one that comes after
ninety, which RFC 9293 expects to be possible, finds nobody who knows its number (the second). The answer is RST, and
the server's clean close ends in an error.

(Here it is the server that takes so long to say it again: tcp_rto_min_us. To the client it is all one.)`,

  play: async ({ client, server, wire, ladder }) => {
    const [near, far] = await client.connectTo(server)
    await wire.lose({ row: 5 })
    await near.end()
    await ladder.row(3)
    await far.end()
  },

  cases: {
    'after-forty-seconds': {
      sysctls: { server: { 'net.ipv4.tcp_rto_min_us': '40000000' } },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX LAST-ACK
        6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
        8. (2 MSL)
           CLOSED
      `,
      claims: { C39: depends(seen => staysForTwice(30_000, seen)) },
    },
    'after-ninety-seconds': {
      sysctls: { server: { 'net.ipv4.tcp_rto_min_us': '90000000' } },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX LAST-ACK
        6. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        7. CLOSED      --> <SEQ=u+1><CTL=RST>               --> CLOSED
      `,
      claims: { C39: depends(seen => staysForTwice(120_000, seen)) },
    },
  },
})

/** From the last FIN on that it has heard, how long it stays there to hear another. */
function staysForTwice(segmentLivesMs: number, seen: Seen): boolean {
  const closed = seen.client.closed
  const heard = seen.segments({ from: 'server', flags: 'FIN,ACK' }).findLast(fin => fin.arrived.before(closed))
  return heard !== undefined && closed.since(heard.arrived) >= 2 * segmentLivesMs
}
