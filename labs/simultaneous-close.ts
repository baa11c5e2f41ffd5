import { holds, lab } from 'handwave'

export default lab({
  title: 'Both hang up at once',
  lesson: `RFC 9293, figure 13. Each side says goodbye before it has heard the other's. What arrives is a FIN, where each
expected the ACK of its own: now each knows that the other is going too, but not yet that it was heard itself. That
state is CLOSING. The ACKs cross as the FINs did. Nobody was the last to speak, so nobody can be sure, and both wait
out their time.`,

  link: { delay: '300ms' },

  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)                                              (Close)
       FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  ... FIN-WAIT-1
                   <-- <SEQ=300><ACK=100><CTL=FIN,ACK>  <--
                   ... <SEQ=100><ACK=300><CTL=FIN,ACK>  -->
    3. CLOSING     --> <SEQ=101><ACK=301><CTL=ACK>      ... CLOSING
                   <-- <SEQ=301><ACK=101><CTL=ACK>      <--
                   ... <SEQ=101><ACK=301><CTL=ACK>      -->
    4. TIME-WAIT                                            TIME-WAIT
       (2 MSL)                                              (2 MSL)
       CLOSED                                               CLOSED
  `,

  async play({ client, server }) {
    const [near, far] = await client.connectTo(server)
    await Promise.all([near.end(), far.end()])
  },

  claims: {
    C35: holds(seen =>
      [seen.client, seen.server].every(
        host =>
          host.wasIn('CLOSING') &&
          host.moved('FIN_WAIT_1', 'CLOSING').before(host.moved('CLOSING', 'TIME_WAIT')) &&
          !host.wasIn('CLOSE_WAIT'),
      ),
    ),
  },
})
