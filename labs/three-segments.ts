import { depends, lab, refuted, type Seen, type Stage } from 'handwave'

export default lab({
  title: 'A goodbye in three segments',
  lesson: `Texts draw four segments, because the other side's program need not be done when the FIN comes. But an ACK
by itself costs a segment, so a kernel likes to wait a little (some 40 ms: a delayed ACK) in case something can carry
it; and a program that closes as soon as it reads the end gives it a FIN to go with. FIN and ACK then arrive together
(the first case).

RFC 9293's diagram (figure 5) has an arrow straight from FIN-WAIT-1 to TIME-WAIT for that. Linux handles the ACK first, as
the RFC's own text does, then the FIN, and is in FIN-WAIT-2 for so short a time that no list of sockets ever shows it; only the kernel's own trace of its states tells
(the second case). A program that takes its time makes it four segments (the third), and FIN-WAIT-2 as long as it
likes, while FIN-WAIT-1 lasts no longer than a round trip and the delay of an ACK, unless something is lost.`,

  link: { delay: '20ms' },

  async play(stage) {
    // Node closes its own end as soon as it has read the other's.
    const [near] = await talked(stage, { allowHalfOpen: false })
    await near.end()
  },
  ladder: `
       client                                               server
    1. ESTABLISHED                                          ESTABLISHED
    2. (Close)
       FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      -->
    3.                                                      (Close)
       TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
    4. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
  `,

  cases: {
    'at-once': {
      claims: {
        C32: refuted(fourSegments),
        // For whoever looks from outside: nobody looks twice in a millisecond.
        C33: depends(seen => seen.client.left('FIN_WAIT_2').since(seen.client.finWait2) < 1),
        C34: depends(finWait2IsLonger),
      },
    },
    'at-once-by-the-trace': {
      claims: {
        C33: depends(seen => seen.client.changes.some(({ from, to }) => from === 'FIN_WAIT_1' && to === 'TIME_WAIT')),
      },
    },
    'a-second-later': {
      async play(stage) {
        const [near, far] = await talked(stage, { allowHalfOpen: true })
        await near.end()
        await far.ended()
        await stage.wait('1s')
        await far.end()
      },
      ladder: `
           client                                               server
        1. ESTABLISHED                                          ESTABLISHED
        2. (Close)
           FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>      --> CLOSE-WAIT
        3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>        <-- CLOSE-WAIT
        4.                                                      (Close)
           TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>    <-- LAST-ACK
        5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>      --> CLOSED
      `,
      claims: {
        C34: depends(finWait2IsLonger),
      },
    },
  },
})

/** Before any data has come Linux's delayed ACK waits for the next tick only (icsk_ack.ato is 0). */
async function talked({ client, server, wait }: Stage, options: { readonly allowHalfOpen: boolean }) {
  await server.listen(options)
  const [near, far] = await client.connectTo(server)
  await near.write('hello')
  await far.received(5)
  await wait('1s')
  return [near, far] as const
}

/** From the first FIN on. */
function fourSegments(seen: Seen): boolean {
  const fin = seen.segment({ from: 'client', flags: 'FIN,ACK' })
  return seen.segments().filter(({ departed }) => !departed.before(fin.departed)).length === 4
}

function finWait2IsLonger({ client }: Seen): boolean {
  return client.left('FIN_WAIT_2').since(client.finWait2) > client.finWait2.since(client.finWait1)
}
