import { randomInt } from 'node:crypto'
import { assignment, demand } from 'handwave'

export default assignment({
  title: 'A client that says when it has said all',
  program: { runsAt: 'client', file: 'ask' },

  parts: {
    asks: {
      title: 'It sends its question, and then its FIN',
      points: 3,
      section: 'RFC 9293, 3.6',
      ladder: `
           client                                            server
        1. ESTABLISHED                                       ESTABLISHED
        2. FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK>  --> CLOSE-WAIT
        3. FIN-WAIT-2   <-- <SEQ=w><ACK=u+1><CTL=ACK>    <-- CLOSE-WAIT
      `,
      orElse: [1, 2, 3, 4, 5, 6, 7].map(finWith),
      async play({ server, start, wait }) {
        const listener = await server.listen()
        await start()
        const far = await listener.accept()
        await far.ended()
        demand((await far.received(7)) === 'who is?', 'The question was another one.')
        await wait('1s')
      },
      checks: {
        'It sent seven bytes, and no more.': seen => bytesOf(seen.segments({ from: 'client' })) === 7,
      },
    },

    reads: {
      title: 'It reads the answer to its end, however long that takes, and prints it',
      points: 4,
      async play({ server, start, wait }) {
        const listener = await server.listen()
        const program = await start()
        const far = await listener.accept()
        await far.received(7)
        const answer = `Grüße\0 of number ${randomInt(1_000_000)},\n${'x'.repeat(40_000)}\nand that is all.\n`
        const bytes = Buffer.from(answer).toString('latin1')
        // The first piece ends in the middle of a letter, and the second after a zero.
        for (const [from, to] of [[0, 3], [3, 8], [8, 30_000], [30_000]]) {
          await far.write(bytes.slice(from, to))
          await wait('2s')
        }
        await far.end()
        await program.ended()
        const { printed } = program.story
        demand(printed === answer, whatElse(printed, answer))
      },
    },

    'says-goodbye': {
      title: 'It leaves in peace: no reset, and in TIME-WAIT',
      points: 2,
      section: 'RFC 9293, 3.6.1',
      async play({ server, start }) {
        const listener = await server.listen()
        const program = await start()
        const far = await listener.accept()
        await far.ended()
        await far.write('an answer')
        await far.end()
        await program.ended()
      },
      checks: {
        'Nobody sent a reset.': seen => seen.segments().every(({ flags }) => !flags.includes('RST')),
        'The client came into TIME-WAIT.': seen => seen.client.wasIn('TIME_WAIT'),
      },
    },

    status: {
      title: 'It ends with status 0 when all went well, and with another one when nobody is there',
      points: 2,
      async play({ server, start }) {
        const refused = await start()
        const { status } = await refused.ended()
        demand(status !== 0, 'Nobody listened, and it ended with status 0.')
        const listener = await server.listen()
        const program = await start()
        const far = await listener.accept()
        await far.received(7)
        await far.end()
        const end = await program.ended()
        demand(end.status === 0, 'All went well, and it did not end with status 0.')
      },
    },
  },
})

/** The last of the question, or all of it, may leave with the FIN. */
function finWith(bytes: number): string {
  return `
           client                                                    server
        1. ESTABLISHED                                               ESTABLISHED
        2. FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK><DATA=${bytes}> --> CLOSE-WAIT
        3. FIN-WAIT-2   <-- <SEQ=w><ACK=u+${bytes + 1}><CTL=ACK>           <-- CLOSE-WAIT
  `
}

function bytesOf(segments: readonly { length: number; isRepeat: boolean }[]): number {
  return segments.filter(({ isRepeat }) => !isRepeat).reduce((sum, { length }) => sum + length, 0)
}

function whatElse(printed: string, answer: string): string {
  const [has, should] = [Buffer.from(printed), Buffer.from(answer)]
  const at = should.findIndex((byte, index) => byte !== has[index])
  const where =
    at < 0
      ? 'the answer, and more behind it'
      : has.length < should.length && at === has.length
        ? 'the beginning of it'
        : `other ones from byte ${at + 1} on`
  return `The answer has ${should.length} bytes. It printed ${has.length}: ${where}.`
}
