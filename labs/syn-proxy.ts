import { deepEqual, equal } from 'node:assert/strict'
import { lab, ListenQueue, type Stage, SynProxy } from 'handwave'

/** What the client sends ends at the doorkeeper, and what the server hears comes from there. */
const OPENING = `
        client                                                  server
     1. CLOSED                                                  LISTEN
     2. SYN-SENT    --> <SEQ=x><CTL=SYN>                    XXX LISTEN
     3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       ...
     4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>         XXX LISTEN
     5. (as client) ... <SEQ=x><CTL=SYN>                    --> SYN-RECEIVED
     6. ESTABLISHED XXX <SEQ=z><ACK=x+1><CTL=SYN,ACK>       <-- SYN-RECEIVED
     7. (as client) ... <SEQ=x+1><ACK=z+1><CTL=ACK>         --> ESTABLISHED`

export default lab({
  title: 'A doorkeeper who asks first',
  lesson: `A server that cannot defend itself can be given a doorkeeper: the router before it answers SYNs in its name, with cookies
(nftables' synproxy). What the doorkeeper takes off the wire is drawn with XXX, and what it sends itself comes from nowhere
(...). Forty strangers get an answer each, and the server hears of none. Only who brings a cookie back is real, and only
then does the doorkeeper open to the server, as if it were the client: two handshakes, and a round trip more. The server
has drawn a first number of its own, z and not y: the doorkeeper counts for both from now on, in every segment.

It has to be told beforehand what to say in the server's name: the second case tells it the segment size and nothing else,
and so there is no window scaling, no SACK and no timestamp in either handshake. And it promises what it does not know: in
the last case the server is cut off. The doorkeeper's one SYN to it is lost, and not repeated; the client believes in a
connection, may send nothing (a SYN proxy offers no window until row 8 of the first case), asks twice whether it may now
(a probe), and gives up.`,

  link: { to: { client: { delay: '20ms' }, server: { delay: '5ms' } } },
  sysctls: { server: { 'net.ipv4.tcp_syncookies': '0' } },
  guard: { server: { mss: 1460, windowScale: 7, timestamps: true, selectiveAcks: true } },
  play: async () => {},

  cases: {
    guarded: {
      hosts: ['attacker'],
      flood: { from: 'attacker', to: 'server', segments: 40, perSecond: 1000 },
      ladder: `${OPENING}
         8. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>         ... (as server)
         9. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX ESTABLISHED
        10. (as client) ... <SEQ=x+1><ACK=z+1><CTL=ACK><DATA=5> --> ESTABLISHED
        11. ESTABLISHED XXX <SEQ=z+1><ACK=x+6><CTL=ACK>         <-- ESTABLISHED
        12. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>         ... (as server)
      `,
      // A newer server (Linux 6.15) looks at the timestamp that comes back before it takes a third segment (tcp_check_req). The
      // doorkeeper corrects that of its own twice, once too often (synproxy_tstamp_adjust): only the client's next one will do.
      orElse: [
        `${OPENING.replace(/(7\..*)ESTABLISHED/, '$1SYN-RECEIVED')}
         8. ESTABLISHED XXX <SEQ=z+1><ACK=x+1><CTL=ACK>         <-- SYN-RECEIVED
         9. ESTABLISHED <-- <SEQ=y+1><ACK=x+1><CTL=ACK>         ... (as server)
        10. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> XXX
        11. (as client) ... <SEQ=x+1><ACK=z+1><CTL=ACK><DATA=5> --> ESTABLISHED
        12. ESTABLISHED XXX <SEQ=z+1><ACK=x+6><CTL=ACK>         <-- ESTABLISHED
        13. ESTABLISHED <-- <SEQ=y+1><ACK=x+6><CTL=ACK>         ... (as server)
      `,
      ],
      async play(stage) {
        const { client, server, host, flood, ladder } = stage
        await server.listen({ backlog: 8 })
        await flood()
        // A stranger who has seen no answer can only guess the cookie.
        await host('attacker').inject({ from: '198.19.4.7:5555', to: server, flags: 'ACK', seq: 91, ack: 1 })
        const near = await client.connect(server)
        await ladder.row(8)
        await near.write('hello')
        await introducesBoth(stage, 'mss', 'sackPermitted', 'timestamps', 'windowScale')
      },
      foretold: {
        wire: new SynProxy().syns(40).guesses(1).syns(1).cookiesReturn(1).foretold,
        server: new ListenQueue({ backlog: 8, syncookies: 0, maxSynBacklog: 4096 }).handshakes(1).foretold,
      },
    },
    'told-nothing': {
      guard: { server: { mss: 1400 } },
      ladder: OPENING,
      async play(stage) {
        await stage.server.listen()
        await stage.client.connect(stage.server)
        await introducesBoth(stage, 'mss')
      },
      foretold: { wire: new SynProxy().syns(1).cookiesReturn(1).foretold },
    },
    'nobody-at-home': {
      sysctls: { client: { 'net.ipv4.tcp_retries2': '2' }, server: {} },
      ladder: `
           client                                            server
        1. CLOSED                                            LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>              XXX LISTEN
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> ...
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>   XXX LISTEN
        5. (probe)     --> <SEQ=x><ACK=y+1><CTL=ACK>     XXX LISTEN
        6. (probe)     --> <SEQ=x><ACK=y+1><CTL=ACK>     XXX LISTEN
        7. (ETIMEDOUT)
           CLOSED                                            LISTEN
      `,
      async play({ client, server }) {
        await server.listen()
        await server.silence()
        const near = await client.connect(server)
        // It may not send this yet, asks whether it may, and in the end gives up.
        await near.write('hello')
        equal(await near.failed(), 'ETIMEDOUT')
        await server.speak()
      },
      // A probe's number is one lower than the third segment's, so that its cookie reads as the next larger segment size, which
      // for 1460 there is not (__cookie_v4_check): to the doorkeeper it is another stranger's guess.
      foretold: { wire: new SynProxy().syns(1).guesses(2).cookiesReturn(1).foretold },
    },
  },
})

/** What the doorkeeper answers has these options and no other, and so has what it says to the server. */
async function introducesBoth({ client, server }: Stage, ...options: readonly string[]): Promise<void> {
  for (const heard of [await client.heard('SYN,ACK'), await server.heard('SYN')])
    deepEqual([...heard.options].sort(), options)
}
