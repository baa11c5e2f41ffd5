import { randomInt } from 'node:crypto'
import { assignment, demand, type Checks, type PartStage } from 'handwave'

const QUESTION = 'hello'
/** Nobody can know it who was not told. */
const newAnswer = () => `hello, ${randomInt(1_000_000, 10_000_000)}`

const BY_HAND: Checks = {
  'The connection was made by hand: the kernel of its host knew of none.': seen =>
    seen.connections().every(({ client }) => client.changes.length === 0),
}

export default assignment({
  title: 'A connection by hand',
  program: { runsAt: 'client', file: 'hand', capabilities: ['net_raw'] },

  parts: {
    opens: {
      title: 'Three segments open a connection, and the server believes in it',
      points: 3,
      section: 'RFC 9293, 3.5',
      ladder: `
           client                                                    server
        1.                                                           LISTEN
        2.              --> <SEQ=x><CTL=SYN>                    -->  SYN-RECEIVED
        3.              <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       <--  SYN-RECEIVED
        4.              --> <SEQ=x+1><ACK=y+1><CTL=ACK>         -->  ESTABLISHED
        5.              --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA>   -->  ESTABLISHED
      `,
      // The third may bring the question with it.
      orElse: [
        `
           client                                                    server
        1.                                                           LISTEN
        2.              --> <SEQ=x><CTL=SYN>                    -->  SYN-RECEIVED
        3.              <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>       <--  SYN-RECEIVED
        4.              --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA>   -->  ESTABLISHED
        `,
      ],
      async play(stage) {
        await stage.client.withholdResets()
        const listener = await stage.server.listen()
        await stage.start()
        await listener.accept()
      },
      checks: BY_HAND,
    },

    talks: {
      title: 'It asks, acknowledges what it is answered, and prints it',
      points: 3,
      section: 'RFC 9293, 3.4: what is acknowledged is the next number that is expected',
      async play(stage) {
        const { program, far } = await asked(stage)
        const answer = newAnswer()
        await far.write(answer)
        await far.ended()
        // What is not acknowledged comes again by now.
        await stage.wait('2s')
        await far.end()
        // Much is printed only when a program ends.
        await stage.wait('20s')
        demand(program.story.printed.trimEnd() === answer, 'It printed something else, too.')
      },
      checks: {
        ...BY_HAND,
        'The server sent nothing twice: all of it was acknowledged in time.': seen =>
          seen.segments({ from: 'server' }).every(({ isRepeat, length }) => !isRepeat || length === 0),
      },
    },

    closes: {
      title: 'A FIN in each direction, and each of them takes a number',
      points: 3,
      section: 'RFC 9293, 3.6',
      ladder: `
           client                                                    server
        1.                                                           ESTABLISHED
        2.              --> <SEQ=u><ACK=w><CTL=FIN,ACK>         -->  CLOSE-WAIT
        3.              <-- <SEQ=w><ACK=u+1><CTL=ACK>           <--  CLOSE-WAIT
        4.                                                           (Close)
                        <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>       <--  LAST-ACK
        5.              --> <SEQ=u+1><ACK=w+1><CTL=ACK>         -->  CLOSED
      `,
      async play(stage) {
        const { program, far } = await asked(stage)
        await far.write(newAnswer())
        await far.ended()
        await stage.wait('3s')
        await far.end()
        const { status } = await program.ended()
        demand(status === 0, 'All went well, and it did not end with status 0.')
      },
      checks: BY_HAND,
    },

    'lost-syn': {
      title: 'Its SYN is lost: it sends the same one again, a second or two later',
      points: 2,
      section: 'RFC 9293, 3.8.1; RFC 6298, 2.1: before anything was measured a second is waited',
      async play(stage) {
        await stage.client.withholdResets()
        await stage.wire.lose({ from: 'client', exactly: 'SYN', nth: 1 })
        const listener = await stage.server.listen()
        await stage.start()
        await listener.accept()
      },
      checks: {
        ...BY_HAND,
        'Both SYNs are of one connection, and have the same number.': seen => {
          const [first, second] = seen.segments({ from: 'client', flags: 'SYN' })
          return first !== undefined && second?.seq === first.seq
        },
        'Between the two there are at least half a second and at most three.': seen => {
          const [first, second] = seen.segments({ from: 'client', flags: 'SYN' })
          const ms = first && second ? second.departed.since(first.departed) : 0
          return ms >= 500 && ms <= 3000
        },
      },
    },

    'own-kernel': {
      title: 'Its own kernel refuses the connection: it takes the reset for an end, with another status than 0',
      points: 2,
      section: 'RFC 9293, 3.5.2: a reset is sent in answer to whatever belongs to no connection',
      async play({ server, start, wait }) {
        await server.listen()
        const program = await start()
        await wait('30s')
        const { end } = program.story
        demand(end !== null, 'Thirty seconds later it still waits.')
        demand(end.status !== 0, 'There was no connection, and it ended with status 0.')
      },
      checks: {
        ...BY_HAND,
        'The server had answered its SYN.': seen => seen.segments({ from: 'server', flags: 'SYN,ACK' }).length > 0,
        'It fell silent when it was reset: nothing of it came more than five seconds after its SYN.': seen => {
          const [first, ...rest] = seen.segments({ from: 'client' })
          return first !== undefined && rest.every(({ departed }) => departed.since(first.departed) < 5000)
        },
      },
    },
  },
})

/** The program has connected and asked; its kernel keeps out of it. */
async function asked({ client, server, start }: PartStage) {
  await client.withholdResets()
  const listener = await server.listen()
  const program = await start()
  const far = await listener.accept()
  const question = await far.received(QUESTION.length)
  demand(question === QUESTION, 'The question was another one.')
  return { program, far }
}
