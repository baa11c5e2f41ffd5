import { holds, lab } from 'handwave'

export default lab({
  title: 'A number is nothing without its flag',
  lesson: `Every TCP header has room for an acknowledgement number, whether it is used or not. The ACK flag says
whether it is. Here the same refusal comes twice to a client that waits for an answer, with the same number x+1 in the
same place, and differs in one bit. Without the flag it acknowledges nothing, so it does not prove that its sender has
seen the SYN, and is dropped. With the flag it ends the call. Only the SYN that opens a connection and some RSTs lack
the flag; everything else has it.`,

  ladder: `
       client                                               server
    1. CLOSED                                               CLOSED
    2. SYN-SENT    --> <SEQ=x><CTL=SYN>                 ...
    3. SYN-SENT    <-- <SEQ=0><CTL=RST>                 ... (and x+1, unsaid)
    4. CLOSED      <-- <SEQ=0><ACK=x+1><CTL=RST,ACK>    ...
  `,

  async play({ client, server, wire, ladder, wait }) {
    const held = await wire.hold({ row: 2 })
    const near = await client.startConnecting(server)
    const syn = await held.caught()
    const refusal = { from: `${server.address}:${server.port}`, to: near.local, seq: 0, ack: syn.seq + 1 }
    await wire.inject({ ...refusal, flags: 'RST' })
    await ladder.row(3)
    // What two hosts do within a millisecond has no order: a moment lies between.
    await wait('10ms')
    await wire.inject({ ...refusal, flags: 'RST,ACK' })
  },

  claims: {
    C08: holds(seen => {
      const [without, withFlag] = [seen.row(3), seen.row(4)]
      const ended = seen.client.moved('SYN_SENT', 'CLOSED')
      return (
        without.ack === null &&
        ended.after(without.arrived) &&
        withFlag.acknowledges(seen.row(2), 1) &&
        ended.after(withFlag.arrived)
      )
    }),
  },
})
