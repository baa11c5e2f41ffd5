import { holds, lab, type StageHost } from 'handwave'

export default lab({
  title: 'A ghost, and why hello takes three segments',
  lesson: `An old SYN turns up, and nobody stands behind it any more. Would two segments do? A server that believed in
two has a connection as soon as it has answered: its program is told, and talks. Should the client's refusal be lost,
nobody will ever tell it otherwise. That is the first case: a server of ten lines, written for this, is left with a
ghost, and talks to it an hour later.

The second is Linux's own. It waits for a third segment before it tells its program anything, and after a few answers
in vain (tcp_synack_retries) it forgets the matter. The third is how it mostly ends: the refusal arrives.`,

  sysctls: { server: { 'net.ipv4.tcp_synack_retries': '1' } },
  async play({ client, server, wire }) {
    await server.listen()
    await wire.cut({ from: client.name, to: server.name })
    await wire.inject({ row: 2 })
  },

  cases: {
    'two-segments': {
      needs: ['virtual time'],
      ladder: `
           client                                                    server
        1. CLOSED                                                    (believes in two)
        2. (long gone) ... <SEQ=90><CTL=SYN>                     -->
        3. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>        <-- (a connection!)
        4. CLOSED      --> <SEQ=91><CTL=RST>                     XXX
        5. CLOSED      <-- <SEQ=301><ACK=91><CTL=ACK><DATA=5>    <-- (an hour later)
        6. CLOSED      --> <SEQ=91><CTL=RST>                     -->
      `,
      async play({ server, wire, ladder, wait }) {
        // Of a port that is served on raw sockets the kernel knows nothing: it would refuse the SYN.
        await server.withholdResets()
        await wire.lose({ row: 4 })
        const ghost = acceptAfterTwo(server)
        await wire.inject({ row: 2 })
        await ladder.row(4)
        await wait('1h')
        await (await ghost).say('hello')
      },
      claims: {
        C17: holds(seen => {
          const words = seen.segments({ from: 'server' }).filter(({ length }) => length > 0)
          const speaksToGhost = words.some(({ departed }) => departed.since(seen.row(2).arrived) > 3_600_000)
          return speaksToGhost && !seen.client.wasIn('SYN_SENT')
        }),
      },
    },
    'three-segments': {
      ladder: `
           client                                                    server
        1. CLOSED                                                    LISTEN
        2. (long gone) ... <SEQ=90><CTL=SYN>                     --> SYN-RECEIVED
        3. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>        <-- SYN-RECEIVED
        4. CLOSED      --> <SEQ=91><CTL=RST>                     XXX SYN-RECEIVED
        5. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>        <-- SYN-RECEIVED
        6. CLOSED      --> <SEQ=91><CTL=RST>                     XXX SYN-RECEIVED
        7.                                                           LISTEN
      `,
    },
    refused: {
      ladder: `
           client                                                    server
        1. ESTABLISHED                                               ESTABLISHED
        2. (Abort)
           CLOSED      --> <SEQ=91><ACK=201><CTL=RST,ACK>        --> CLOSED
        3. (again)     ... <SEQ=90><CTL=SYN>                     --> SYN-RECEIVED
        4. CLOSED      <-- <SEQ=300><ACK=91><CTL=SYN,ACK>        <-- SYN-RECEIVED
        5. CLOSED      --> <SEQ=91><CTL=RST>                     --> LISTEN
      `,
      async play({ client, server, wire, wait }) {
        const [near, far] = await client.connectTo(server)
        const { from, to, seq } = await server.heard('SYN')
        await near.reset()
        await far.closed()
        await wait('1s')
        await wire.inject({ from, to, flags: 'SYN', seq })
      },
      claims: {
        C16: holds(seen => {
          const [syn, answer, refusal] = [3, 4, 5].map(n => seen.row(n))
          if (!syn || !answer || !refusal) return false
          const isOver = seen.server.moved('ESTABLISHED', 'CLOSED').before(syn.arrived)
          const isRefused = refusal.flags === 'RST' && refusal.departed.after(answer.arrived)
          return isOver && isRefused && seen.server.moved('SYN_RCVD', 'CLOSED').after(refusal.arrived)
        }),
      },
    },
  },
})

/** A server on raw sockets: whoever calls has a connection, and may be talked to. */
async function acceptAfterTwo(server: StageHost) {
  const syn = await server.heard('SYN')
  const connection = { from: syn.to, to: syn.from, ack: syn.seq + 1 }
  await server.inject({ ...connection, flags: 'SYN,ACK', seq: 300 })
  return { say: (data: string) => server.inject({ ...connection, flags: 'ACK', seq: 301, data }) }
}
