import { holds, lab, ListenQueue, type Seen, type Stage } from 'handwave'

const SYNS = 40

export default lab({
  title: 'A queue full of strangers',
  lesson: `A SYN costs its server an entry: it has answered, and waits for the third segment. It costs its sender nothing, not even an
address. Forty SYNs from addresses that nobody has, and the listener is full: Linux holds one entry more than the backlog
of listen(2), and without cookies no more than three quarters of tcp_max_syn_backlog and one, whichever is less. Everything
else is dropped, without a word. An honest client that calls now is dropped like the others; it calls again, and gets in
once the entries have timed out: after three seconds here (tcp_synack_retries = 1), after a minute by default. Whoever was
connected before notices nothing. Look at ss -tan state syn-recv, and at nstat -az TcpExtListenDrops TcpExtTCPReqQFullDrop.`,

  hosts: ['attacker', 'visitor'],
  flood: { from: 'attacker', to: 'server', segments: SYNS, perSecond: 1000 },

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    4. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    5. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
    6. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    7. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,
  // Nothing in it lasts longer: where the play came too late for the picture, it need not be waited for.
  within: '10s',
  play: async () => {},

  cases: {
    'backlog-8-max-16': besieged(8, 16),
    'backlog-8-max-32': besieged(8, 32),
    'backlog-32-max-16': besieged(32, 16),
    'backlog-32-max-32': besieged(32, 32),
    hundreds: besieged(128, 256, 300),
  },
})

function besieged(backlog: number, maxSynBacklog: number, segments = SYNS) {
  const queue = new ListenQueue({ backlog, maxSynBacklog, syncookies: 0 })
  // A visitor who is taken in, the flood, the client's first three SYNs; then there is room again.
  queue.handshakes(1).accepted(1).syns(segments)
  const { held } = queue
  queue.syns(3).expired(held).handshakes(2)
  return {
    sysctls: {
      server: {
        'net.ipv4.tcp_syncookies': '0',
        'net.ipv4.tcp_max_syn_backlog': `${maxSynBacklog}`,
        'net.ipv4.tcp_synack_retries': '1',
      },
    },
    flood: { from: 'attacker', to: 'server', segments, perSecond: 1000 },
    async play({ client, server, host, flood, wait }: Stage) {
      const listener = await server.listen({ backlog })
      await host('visitor').connectTo(server)
      await flood()
      await wait('500ms')
      await client.connect(server)
      await listener.accept()
      await host('visitor').connect(server)
    },
    foretold: { server: queue.foretold },
    claims: {
      C46: holds((seen: Seen) => seen.halfOpen('server') === held),
      C47: holds((seen: Seen) => isShutOut(seen, held)),
    },
  }
}

/** The client's SYNs came while the queue was full; the first answer is given when it no longer is. */
function isShutOut(seen: Seen, full: number): boolean {
  const first = seen.segment({ from: 'server', flags: 'SYN,ACK' }).departed
  const inVain = seen.segments({ from: 'client', flags: 'SYN' }).filter(({ arrived }) => arrived.before(first))
  return seen.halfOpen('server') === full && inVain.length > 1 && seen.halfOpen('server', first) < full
}
