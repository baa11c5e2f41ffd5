import { holds, lab, ListenQueue, type Seen, type Stage } from 'handwave'

const SYNS = 40

export default lab({
  title: 'A server that keeps nothing in mind is not to be filled',
  lesson: `The queue is full of strangers, and an honest client calls. With tcp_syncookies = 1 (Linux's default) the server, instead
of dropping the SYN, answers without writing anything down: what it would have to remember is in the number of its answer,
the cookie. The strangers never see theirs. The client's third segment brings its cookie back, and there is a connection.
With 2 nobody gets an entry, flood or no flood. tcp_max_syn_backlog counts for nothing here: its three quarters are for
servers without cookies. Look at nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv; a full queue with cookies also leaves
"Possible SYN flooding on port 5000. Sending cookies." in the kernel's log, once.`,

  hosts: ['attacker', 'visitor'],
  flood: { from: 'attacker', to: 'server', segments: SYNS, perSecond: 1000 },

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- LISTEN
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,
  // Nothing in it lasts longer: what no socket table has shown by then is not to be waited for.
  within: '10s',
  play: async () => {},

  claims: { C50: holds(isLetIn) },

  cases: {
    'when-full-backlog-8-max-16': defended(1, 8, 16),
    'when-full-backlog-8-max-32': defended(1, 8, 32),
    'when-full-backlog-32-max-16': defended(1, 32, 16),
    'when-full-backlog-32-max-32': defended(1, 32, 32),
    'always-backlog-8-max-16': defended(2, 8, 16),
    'always-backlog-8-max-32': defended(2, 8, 32),
    'always-backlog-32-max-16': defended(2, 32, 16),
    'always-backlog-32-max-32': defended(2, 32, 32),
  },
})

function defended(syncookies: 1 | 2, backlog: number, maxSynBacklog: number) {
  const queue = new ListenQueue({ backlog, maxSynBacklog, syncookies })
  // A visitor comes before the flood: with 2 even that one is given a cookie.
  queue.syns(1)
  if (syncookies === 1) queue.acks(1)
  else queue.cookiesReturn(1)
  queue.accepted(1).syns(SYNS).syns(1).cookiesReturn(1)
  return {
    sysctls: {
      server: { 'net.ipv4.tcp_syncookies': `${syncookies}`, 'net.ipv4.tcp_max_syn_backlog': `${maxSynBacklog}` },
    },
    async play({ client, server, host, flood }: Stage) {
      await server.listen({ backlog })
      await host('visitor').connectTo(server)
      await flood()
      await client.connectTo(server)
    },
    foretold: { server: queue.foretold },
  }
}

/** Its first SYN is answered, and a connection comes of it, though the strangers' entries are all still there. */
function isLetIn(seen: Seen): boolean {
  const calls = seen.segments({ from: 'client', flags: 'SYN' })
  return (
    calls.length === 1 &&
    seen.server.wasIn('ESTABLISHED') &&
    seen.halfOpen('server', seen.server.established) >= seen.halfOpen('server') - 1
  )
}
