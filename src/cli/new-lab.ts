import { CLAIMS } from '../lab/claim-texts.ts'

/** A lab file to begin with: it passes as it stands, and says where to change it. */
export function newLab(name: string): string {
  const words = name.replaceAll('-', ' ')
  return `import { holds, lab } from 'handwave'

export default lab({
  title: '${words.charAt(0).toUpperCase()}${words.slice(1)}',
  lesson: 'What a student should take away from it, in a few sentences.',

  link: { delay: '20ms' },

  // The picture is the test: change a state or a number, and see the run fail. A name stands for the first value seen for
  // it, and x+6 counts from it. Between the first row and the last, every segment must have a row.
  ladder: \`
       client                                                server
    1. CLOSED                                                LISTEN
    2. (Open)
       SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
    5. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA=5> -->  ESTABLISHED
    6. ESTABLISHED  <-- <SEQ=y+1><ACK=x+6><CTL=ACK>     <--  ESTABLISHED
  \`,

  // What the programs do. Wait for the picture, not for a clock; the runner waits for the last row by itself.
  // To lose what a row draws with XXX: await wire.lose({ row: 5 }), before it is sent. To close: await near.end().
  async play({ client, server, ladder }) {
    await server.listen()
    const near = await client.connect(server)
    await ladder.row(4)
    await near.write('hello')
  },

  // Sentences that texts teach, and what is expected of the kernel: that each holds, is refuted, or depends.
  claims: {
    // ${CLAIMS.C09}
    C09: holds(seen => seen.row(4).follows(seen.row(2), 1) && seen.row(5).follows(seen.row(4), 0)),
    // ${CLAIMS.C18}
    C18: holds(seen => seen.row(5).departed.after(seen.client.established)),
  },
})
`
}
