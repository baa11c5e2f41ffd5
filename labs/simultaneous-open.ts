import { depends, type HostSeen, lab, type Seen } from 'handwave'

export default lab({
  title: 'Both call at once',
  lesson: `RFC 9293, figure 7. Two programs call each other at the same moment, each from the port that the other
calls. Nobody listens, and no one is the server: each SYN meets a SYN, each side answers it, and out of the two calls
comes one connection. Such a meeting takes four segments, not three. So "one side opens actively, the other passively"
is how it usually goes (the second case), and not how it must.

Peers behind two firewalls use it, for neither firewall would let a call in, but each lets in what answers its own.`,

  link: { delay: '300ms' },

  ladder: `
       client                                           server
    1. CLOSED                                           CLOSED
    2. SYN-SENT     --> <SEQ=100><CTL=SYN>              ...
    3. SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT
    4.              ... <SEQ=100><CTL=SYN>              --> SYN-RECEIVED
    5. SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> ...
    6. ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
    7.              ... <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
  `,

  departs: [
    {
      after: 7,
      linux: 'ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK> -->',
      because: 'Linux acknowledges a SYN each time that it comes. RFC 9293 does not ask for it, and allows it.',
    },
    {
      after: 7,
      linux: '<-- <SEQ=301><ACK=101><CTL=ACK> <-- ESTABLISHED',
      because: 'The other side does the same.',
    },
  ],

  async play({ client, server }) {
    await Promise.all([
      client.startConnecting(server, { fromPort: 4000, port: 5000 }),
      server.startConnecting(client, { fromPort: 5000, port: 4000 }),
    ])
  },

  claims: {
    C01: depends(seen => hasCalled(seen, seen.client, 'server') !== hasCalled(seen, seen.server, 'client')),
  },

  cases: {
    'both-call': {},
    'one-calls': {
      departs: [],
      ladder: `
           client                                           server
        1. CLOSED                                           LISTEN
        2. SYN-SENT     --> <SEQ=100><CTL=SYN>              ...
        3.              ... <SEQ=100><CTL=SYN>              --> SYN-RECEIVED
        4. ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
        5. ESTABLISHED  --> <SEQ=101><ACK=301><CTL=ACK>     --> ESTABLISHED
      `,
      async play({ client, server }) {
        await client.connectTo(server)
      },
    },
  },
})

/** Before anything came from the other side. */
function hasCalled(seen: Seen, host: HostSeen, other: string): boolean {
  return host.wasIn('SYN_SENT') && host.synSent.before(seen.segment({ from: other }).arrived)
}
