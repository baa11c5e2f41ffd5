import type { TcpState } from '../tcp/states.ts'
import { CLIENT, SERVER } from './hosts.ts'
import { lab, type LabSpec } from './lab.ts'

/** What is sent again and again is sent for hours: a state lasts as long as somebody looks at it. */
const PATIENT = {
  'net.ipv4.tcp_syn_retries': '127',
  'net.ipv4.tcp_synack_retries': '255',
  'net.ipv4.tcp_retries2': '255',
}

/** How a state is reached, and why it then lasts. */
interface Way extends Pick<LabSpec, 'title' | 'lesson' | 'ladder' | 'play'> {
  /** Whose state it is. */
  readonly at: string
}

/** For each state the shortest way into it, and nothing on the wire that would lead out of it again. */
const WAYS: Readonly<Record<TcpState, Way>> = {
  CLOSED: {
    at: CLIENT,
    title: 'No connection at all',
    lesson: 'CLOSED is no state that a kernel keeps: it means that there is no connection. There is nothing to see.',
    ladder: `
     client                                               server
  1. CLOSED                                               CLOSED
    `,
    play: async () => {},
  },
  LISTEN: {
    at: SERVER,
    title: 'A server waits to be called',
    lesson: 'It lasts until the program closes its socket.',
    ladder: `
     client                                               server
  1. CLOSED                                               LISTEN
    `,
    async play({ server }) {
      await server.listen()
    },
  },
  SYN_SENT: {
    at: CLIENT,
    title: 'A SYN that is lost each time',
    lesson: 'The client sends its SYN again and again, up to 127 times (tcp_syn_retries) at up to two minutes each.',
    ladder: `
     client                                               server
  1. CLOSED                                               LISTEN
  2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 XXX LISTEN
    `,
    async play({ client, server, wire }) {
      await server.listen()
      await wire.cut()
      await client.startConnecting(server)
    },
  },
  SYN_RCVD: {
    at: SERVER,
    title: 'A SYN+ACK that is lost each time',
    lesson:
      'The server sends its SYN+ACK again and again, up to 255 times (tcp_synack_retries). ss calls the state SYN-RECV.',
    ladder: `
     client                                               server
  1. CLOSED                                               LISTEN
  2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
  3. SYN-SENT    XXX <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
    `,
    async play({ client, server, wire }) {
      await server.listen()
      await wire.cut({ from: SERVER, to: CLIENT })
      await client.startConnecting(server)
    },
  },
  ESTABLISHED: {
    at: CLIENT,
    title: 'Both are connected, and silent',
    lesson: 'It lasts until somebody says something else: a connection costs nothing while it is silent.',
    ladder: `
     client                                               server
  1. CLOSED                                               LISTEN
  2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 --> SYN-RECEIVED
  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>    <-- SYN-RECEIVED
  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>      --> ESTABLISHED
    `,
    async play({ client, server }) {
      await client.connectTo(server)
    },
  },
  FIN_WAIT_1: {
    at: CLIENT,
    title: 'A FIN that is lost each time',
    lesson: 'The client sends its FIN again and again, up to 255 times (tcp_retries2), each time later.',
    ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX ESTABLISHED
    `,
    async play({ client, server, wire }) {
      const [near] = await client.connectTo(server)
      await wire.cut({ from: CLIENT, to: SERVER })
      await near.end()
    },
  },
  FIN_WAIT_2: {
    at: CLIENT,
    title: 'A server that does not close',
    lesson: "While the client's program holds its socket, its kernel waits for the server's FIN without end.",
    ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    `,
    async play({ client, server }) {
      const [near] = await client.connectTo(server)
      await near.end()
    },
  },
  CLOSE_WAIT: {
    at: SERVER,
    title: 'A server that does not close',
    lesson: 'It lasts until its program closes its socket: no timer runs.',
    ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
    `,
    async play({ client, server }) {
      const [near] = await client.connectTo(server)
      await near.end()
    },
  },
  CLOSING: {
    at: CLIENT,
    title: "Both close, and the client's FIN is lost each time",
    lesson: 'It has heard the other FIN, and not that its own was heard: it goes on sending that (tcp_retries2).',
    ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      XXX
  3. CLOSING     <-- <SEQ=w><ACK=u><CTL=FIN,ACK>      <-- FIN-WAIT-1
  4. CLOSING     --> <SEQ=u+1><ACK=w+1><CTL=ACK>      XXX
    `,
    async play({ client, server, wire, ladder }) {
      const [near, far] = await client.connectTo(server)
      // Node lets go of a socket that has ended on both sides, and what nobody holds is not kept for long.
      await near.pause()
      await wire.cut({ from: CLIENT, to: SERVER })
      await near.end()
      await ladder.row(2)
      await far.end()
    },
  },
  LAST_ACK: {
    at: SERVER,
    title: 'The server closes second, and its FIN is lost each time',
    lesson: 'The server sends its FIN again and again, up to 255 times (tcp_retries2), each time later.',
    ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. FIN-WAIT-2  XXX <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    `,
    async play({ client, server, wire, ladder }) {
      const [near, far] = await client.connectTo(server)
      // As above.
      await far.pause()
      await near.end()
      await ladder.row(3)
      await wire.cut({ from: SERVER, to: CLIENT })
      await far.end()
    },
  },
  TIME_WAIT: {
    at: CLIENT,
    title: 'The first to leave waits',
    lesson: 'Linux gives it a minute (TCP_TIMEWAIT_LEN), and no setting makes it longer.',
    ladder: `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
  4. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
  5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
    `,
    async play({ client, server, ladder }) {
      const [near, far] = await client.connectTo(server)
      await near.end()
      await ladder.row(3)
      await far.end()
    },
  },
}

/** Which host comes into the state. */
export function holderOf(state: TcpState): string {
  return WAYS[state].at
}

export default lab({
  ...WAYS.ESTABLISHED,
  sysctls: { [CLIENT]: PATIENT, [SERVER]: PATIENT },
  // On a busy machine something may be sent again before the picture is whole.
  repeats: 'allowed',
  cases: Object.fromEntries(Object.entries(WAYS).map(([state, way]) => [state, way])),
})
