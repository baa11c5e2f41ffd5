import { depends, lab, ListenQueue, type Stage } from 'handwave'

const SYNS = 40
const BACKLOG = 8

export default lab({
  title: 'How a flood is seen, and when it is not',
  lesson: `Who suspects a flood counts half-open connections: ss -tan state syn-recv, by address. On a quiet server there is none, and
here there are nine, each from somewhere else. But the count says little. It never exceeds the backlog and one, however
hard the flood is; it falls to nothing once the entries time out, though SYNs may go on coming; and with tcp_syncookies =
2 there is nothing to count at all, while forty strangers are being answered. What does not lie are the kernel's counters:
nstat -az TcpExtListenDrops TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies move with every SYN, and TcpExtSyncookiesRecv,
or rather that it stays behind, tells strangers from honest clients.`,

  hosts: ['attacker'],
  flood: { from: 'attacker', to: 'server', segments: SYNS, perSecond: 1000 },

  ladder: `
       client                                               server
    1. CLOSED                                               LISTEN
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> LISTEN
    3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- LISTEN
    4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
  `,
  // Nothing in it lasts longer: where the play came too late for the picture, it need not be waited for.
  within: '10s',
  play: async () => {},

  // More than one is more than the one honest client ever is; and the socket table shows what its kernel has done.
  claims: { C49: depends(seen => seen.halfOpen('server') > 1 && seen.mostShown('server', 'SYN_RCVD') > 1) },

  cases: {
    'cookies-never': {
      ...watched(0),
      ladder: `
           client                                               server
        1. CLOSED                                               LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
      `,
    },
    'cookies-when-full': watched(1),
    'cookies-always': watched(2),
  },
})

function watched(syncookies: 0 | 1 | 2) {
  const queue = new ListenQueue({ backlog: BACKLOG, maxSynBacklog: 128, syncookies }).syns(SYNS)
  if (syncookies === 0) queue.expired(queue.held).syns(1).acks(1)
  else queue.syns(1).cookiesReturn(1)
  return {
    sysctls: {
      server: {
        'net.ipv4.tcp_syncookies': `${syncookies}`,
        // Where the sight is to go before the client comes, entries live for a second; otherwise for seven.
        'net.ipv4.tcp_synack_retries': syncookies === 0 ? '0' : '2',
      },
    },
    async play({ client, server, flood, wait }: Stage) {
      await server.listen({ backlog: BACKLOG })
      await flood()
      await wait(syncookies === 0 ? '2s' : '500ms')
      await client.connectTo(server)
    },
    foretold: { server: queue.foretold },
  }
}
