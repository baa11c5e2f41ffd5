import { assignment } from 'handwave'

export default assignment({
  title: 'Say what will happen',

  parts: {
    opening: {
      title: 'A client calls, and a server listens',
      points: 4,
      section: 'RFC 9293, 3.5, figure 6',
      predict: 'opening.txt',
      ladder: `
           client                                                server
        1. CLOSED                                                LISTEN
        2. SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
        3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
        4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
      `,
      async play({ client, server }) {
        await server.listen()
        await client.connect(server)
      },
    },

    refused: {
      title: 'A client calls, and nobody listens',
      points: 3,
      section: 'RFC 9293, 3.5.2',
      predict: 'refused.txt',
      ladder: `
           client                                                server
        1. CLOSED                                                CLOSED
        2. SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  CLOSED
        3. CLOSED       <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>   <--  CLOSED
      `,
      async play({ client, server }) {
        await client.startConnecting(server)
      },
    },

    'half-close': {
      title: 'The client has said all; the server answers five bytes, and closes when they have arrived',
      points: 6,
      section: 'RFC 9293, 3.6',
      predict: 'half-close.txt',
      ladder: `
           client                                                         server
        1. ESTABLISHED                                                    ESTABLISHED
        2. FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK>              -->  CLOSE-WAIT
        3. FIN-WAIT-2   <-- <SEQ=w><ACK=u+1><CTL=ACK><DATA=5>        <--  CLOSE-WAIT
        4. FIN-WAIT-2   --> <SEQ=u+1><ACK=w+5><CTL=ACK>              -->  CLOSE-WAIT
        5. TIME-WAIT    <-- <SEQ=w+5><ACK=u+1><CTL=FIN,ACK>          <--  LAST-ACK
        6. TIME-WAIT    --> <SEQ=u+1><ACK=w+6><CTL=ACK>              -->  CLOSED
      `,
      async play({ client, server, ladder }) {
        const [near, far] = await client.connectTo(server)
        await near.end()
        await far.ended()
        await far.write('hello')
        await ladder.row(4)
        await far.end()
        await near.ended()
      },
    },
  },
})
