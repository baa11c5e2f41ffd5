import { lab } from 'handwave'

export default lab({
  title: 'A server that keeps nothing in mind',
  lesson: `A call in SYN-RECEIVED costs the server memory, and anybody can send SYNs. So a server may write down
nothing at all: it hides what it would have to remember (who called, and how large segments may be) in the number y of
its answer, the cookie. Should the third segment come, it acknowledges y+1 and so brings the note back; the server
makes a connection of it, right out of LISTEN. Linux does so once its queue is full (tcp_syncookies=1, the default) or
always, as here (2).

What it cannot do then is say its answer again: there is nobody who would remember that it was not heard.`,

  sysctls: { server: { 'net.ipv4.tcp_syncookies': '2' } },

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- LISTEN
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,

  async play({ client, server }) {
    await client.connectTo(server)
  },
})
