import { depends, lab } from 'handwave'

export default lab({
  title: 'Six flags, and two that came later',
  lesson: `Textbooks draw six flags. Beside them the header had six bits "reserved for future use", and for two of
them the future has come (RFC 3168, 2001). A busy router may mark a packet rather than throw it away. Then the
receiver says ECE, "I have seen a mark", and the sender CWR, "I have slowed down". Whoever wants that says so with its
SYN, by both flags at once, and the other side agrees by ECE alone. Linux asks for it only if told to (tcp_ecn=1) and
agrees when it is asked (2, the default): the first case shows the six alone, the second the other two.`,

  async play({ client, server }) {
    await client.connectTo(server)
  },

  claims: {
    C55: depends(seen => seen.segments().every(({ flags }) => flags.split(',').every(flag => SIX.includes(flag)))),
  },

  cases: {
    'not-asked-for': {
      ladder: `
           client                                                     server
        1. CLOSED                                                     LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN>                       --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>          <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>            --> ESTABLISHED
      `,
    },
    'asked-for': {
      sysctls: { client: { 'net.ipv4.tcp_ecn': '1' } },
      ladder: `
           client                                                     server
        1. CLOSED                                                     LISTEN
        2. SYN-SENT    --> <SEQ=x><CTL=SYN,ECE,CWR>               --> SYN-RECEIVED
        3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK,ECE>      <-- SYN-RECEIVED
        4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>            --> ESTABLISHED
      `,
    },
  },
})

const SIX = ['URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN']
