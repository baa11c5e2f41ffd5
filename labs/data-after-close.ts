import { equal } from 'node:assert/strict'
import { lab } from 'handwave'

export default lab({
  title: 'Talking to a closed door',
  lesson: `On the wire close() and shutdown() look alike: either sends a FIN, which says only "I have no more to say".
Whether anybody still listens shows when the other side goes on talking. After shutdown() its data is read and
acknowledged (half-close). After close() nobody is there to read it, and the kernel says so with a RST rather than
swallow it (RFC 9293, 3.6.1).

The server's first write seems to succeed: its kernel takes the bytes, and sends them. The RST comes a round trip
later and ends the connection; whoever writes then gets EPIPE, the "broken pipe". A write that succeeds only means
that the bytes are with one's own kernel.`,

  ladder: `
       client                                                  server
    1. ESTABLISHED                                             ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>             --> CLOSE-WAIT
    3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>               <-- CLOSE-WAIT
    4. CLOSED      <-- <SEQ=w><ACK=u+1><CTL=ACK><DATA=5>       <-- CLOSE-WAIT
    5. CLOSED      --> <SEQ=u+1><CTL=RST>                      --> CLOSED
  `,

  async play({ client, server, ladder }) {
    const [near, far] = await client.connectTo(server)
    await near.destroy()
    await ladder.row(3)
    await far.write('hello')
    await ladder.row(5)
    await far.write('hello?')
    equal(await far.failed(), 'EPIPE')
  },
})
