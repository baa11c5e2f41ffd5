import { equal } from 'node:assert/strict'
import { lab } from 'handwave'

export default lab({
  title: 'Talking to somebody who has forgotten you',
  lesson: `RFC 9293, figure 10. The client's machine has crashed and is up again. The server has not noticed: a
connection over which nobody speaks costs no segment, and could stay half-open, known to one side only, for years. It
shows as soon as the survivor says something. The client's kernel finds no connection for it and answers with a RST,
whose number it takes from the ACK that has just come, so that the server can tell that it is meant. The server's
program gets ECONNRESET ("connection reset by peer"). If the server only waits, nothing will ever show: for that there
is keepalive (are-you-still-there).`,

  ladder: `
        client                                             server
    1.  (REBOOT)                                  (send 300,receive 100)
    2.  (??)    <-- <SEQ=300><ACK=100><DATA=10><CTL=ACK> <-- ESTABLISHED
    3.          --> <SEQ=100><CTL=RST>                   --> (ABORT!!)
  `,

  async play({ client, server }) {
    const [, far] = await client.connectTo(server)
    await client.crash()
    await far.write('0123456789')
    equal(await far.failed(), 'ECONNRESET')
  },
})
