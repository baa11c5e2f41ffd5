import { randomInt } from 'node:crypto'
import {
  assignment,
  demand,
  type PartStage,
  type Seen,
  type SegmentSeen,
  type StageListener,
  type StudentProgram,
} from 'handwave'

/** Nobody can know it who was not told. */
const newAnswer = () => `${randomInt(1_000_000_000)}\n`

export default assignment({
  title: 'A client that does not lose heart',
  program: { runsAt: 'client', file: 'fetch' },

  parts: {
    fetches: {
      title: 'Where all is well it asks, and prints the answer',
      points: 1,
      async play(stage) {
        await mustFetch(stage)
      },
    },

    'lost-segments': {
      title: 'It leaves lost segments to TCP: a SYN and an answer, lost once each, cost it a second or two',
      points: 2,
      section: 'RFC 6298, 2.1: before anything was measured a second is waited',
      async play(stage) {
        await stage.wire.lose({ from: 'client', exactly: 'SYN', nth: 1 })
        await stage.wire.lose({ from: 'server', exactly: 'SYN,ACK', nth: 1 })
        await mustFetch(stage)
      },
      checks: {
        'One connection was enough.': seen => seen.connections().length === 1,
      },
    },

    'server-comes-late': {
      title: 'Nobody listens yet: it tries again until somebody does, three seconds later',
      points: 3,
      section: 'RFC 9293, 3.5.2: a closed port answers by a reset',
      async play(stage) {
        const program = await stage.start()
        await stage.wait('3s')
        demand(program.story.end === null, 'It gave up before three seconds had passed.')
        const answer = await answerNext(await stage.server.listen())
        await endsWell(program, answer)
      },
      checks: {
        'Between two calls it waits a second, or nearly.': seen =>
          between(callsOf(seen)).every(ms => ms >= 800 && ms < 3000),
      },
    },

    'silent-server': {
      title: 'A server takes its call and says nothing: it hangs up and calls again',
      points: 3,
      section: 'RFC 9293, 3.8.4: without keep-alives a connection on which nothing is said may be silent for ever',
      async play(stage) {
        const listener = await stage.server.listen()
        const program = await stage.start()
        await listener.accept()
        const answer = await answerNext(listener)
        await endsWell(program, answer)
      },
      checks: {
        'It calls again after five seconds of silence and one of waiting, or nearly.': seen => {
          const [ms = 0] = between(callsOf(seen))
          return ms >= 5000 && ms < 9000
        },
        'It has hung up when it calls again.': seen => {
          const [goodbye, again] = [goodbyesOf(seen)[0], callsOf(seen)[1]]
          return goodbye !== undefined && again !== undefined && again.departed.since(goodbye.departed) >= 0
        },
      },
    },

    'dead-server': {
      title: 'Nobody answers at all: within a minute it has given up, with another status than 0',
      points: 3,
      section: 'tcp(7), tcp_syn_retries: the kernel by itself would try for two minutes',
      async play({ server, start, wait }) {
        await server.silence()
        const program = await start()
        await wait('1m')
        const { end } = program.story
        demand(end !== null, 'After a minute it has not given up.')
        demand(end.status !== 0, 'It had no answer, and ended with status 0.')
      },
      checks: {
        'It made five attempts.': seen => callsOf(seen).length === 5,
      },
    },
  },
})

/** Each attempt's first SYN: what TCP sends again has the same number. */
function callsOf(seen: Seen): SegmentSeen[] {
  return seen
    .connections()
    .flatMap(one => one.segments({ from: 'client', flags: 'SYN' }))
    .filter(({ isRepeat }) => !isRepeat)
}

function goodbyesOf(seen: Seen): SegmentSeen[] {
  return seen
    .connections()
    .flatMap(one => one.segments({ from: 'client' }))
    .filter(({ flags }) => flags.includes('FIN') || flags.includes('RST'))
}

function between(calls: readonly SegmentSeen[]): number[] {
  return calls.slice(1).map((call, index) => call.departed.since(calls[index]?.departed ?? call.departed))
}

async function mustFetch(stage: PartStage): Promise<void> {
  const listener = await stage.server.listen()
  const program = await stage.start()
  const answer = await answerNext(listener)
  await endsWell(program, answer)
}

async function answerNext(listener: StageListener): Promise<string> {
  const answer = newAnswer()
  const far = await listener.accept()
  await far.received(4)
  await far.write(answer)
  await far.end()
  return answer
}

async function endsWell(program: StudentProgram, answer: string): Promise<void> {
  const { status } = await program.ended()
  const { printed } = program.story
  demand(
    printed === answer,
    `It was answered ${JSON.stringify(answer)}, and printed ${JSON.stringify(printed.slice(0, 80))}.`,
  )
  demand(status === 0, `It had its answer, and did not end with status 0.`)
}
