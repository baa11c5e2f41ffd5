import { equal } from 'node:assert/strict'
import { holds, lab } from 'handwave'

export default lab({
  title: 'A SYN that never arrives',
  lesson: `Nobody tells a client that its SYN was lost: it only hears nothing. So it waits for a second, which is
longer than almost any round trip, and sends the very same segment again. The number is the same because it is the
same SYN: should the first one turn up after all, the server must be able to tell that it is no second connection.
Each time it waits twice as long, so as not to add to whatever is choking the network, and after so many times
(tcp_syn_retries, 6 by default) it gives up: ETIMEDOUT, two minutes later.

(Linux is less patient since 6.5: the first five repeats come a second apart, and only then does the pause double.
That is tcp_syn_linear_timeouts; the second case sets it to 0, as texts have it.)`,

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. (Open)
       SYN-SENT    --> <SEQ=x><CTL=SYN>                 XXX LISTEN
    3. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    4. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    5. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,

  async play({ client, server, wire }) {
    await server.listen()
    await wire.lose({ row: 2 })
    await client.connect(server)
  },

  cases: {
    once: {},
    'every-time': {
      sysctls: { client: { 'net.ipv4.tcp_syn_retries': '2', 'net.ipv4.tcp_syn_linear_timeouts': '0' } },
      ladder: `
           client                                           server
        1. CLOSED                                           LISTEN
        2. (Open)
           SYN-SENT    --> <SEQ=x><CTL=SYN>             XXX LISTEN
        3. SYN-SENT    --> <SEQ=x><CTL=SYN>             XXX LISTEN
        4. SYN-SENT    --> <SEQ=x><CTL=SYN>             XXX LISTEN
        5. CLOSED                                           LISTEN
      `,
      async play({ client, server, wire }) {
        await server.listen()
        await wire.cut()
        const near = await client.startConnecting(server)
        equal(await near.failed(), 'ETIMEDOUT')
      },
      claims: {
        C11: holds(seen => {
          const [first, second, third] = [2, 3, 4].map(n => seen.row(n))
          if (!first || !second || !third) return false
          const [wait, longerWait] = [second.departed.since(first.departed), third.departed.since(second.departed)]
          const isTheSame = second.follows(first, 0) && third.follows(first, 0)
          return isTheSame && longerWait > 1.8 * wait && seen.client.closed.after(third.departed)
        }),
      },
    },
  },
})
