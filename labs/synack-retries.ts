import { holds, lab, type Seen, type Stage } from 'handwave'

const RETRIES = 'net.ipv4.tcp_synack_retries'
const BACKLOG = 8

export default lab({
  title: 'How long a half-open connection lives',
  lesson: `Somebody has called and never answers. The server says its SYN+ACK again after a second, then after two more, four more
and so on, as often as tcp_synack_retries allows, and waits once more twice as long before it forgets the entry: one
second with 0, three with 1, seven with 2, and a minute with Linux's 5. That is what makes a flood cheap: one small SYN
buys a minute of an entry, and six answers. Under pressure Linux is less patient: while more than half of the backlog
is taken, and by entries that have been waiting already, it gives them up after two repetitions whatever the sysctl says
(reqsk_timer_handler). It stops at half: those that are left may live their minute.`,

  hosts: ['attacker'],
  async play(stage: Stage) {
    // As if it had sent one SYN and lost its power.
    await stage.client.silence()
    await callOnce(stage)
  },
  ladder: '',

  cases: {
    once: entry({ retries: 1 }),
    twice: entry({ retries: 2 }),
    'five-times': entry({ retries: 5 }),
    'under-pressure': {
      ...entry({ retries: 5, repeats: 2 }),
      flood: { from: 'attacker', to: 'server', segments: 20, perSecond: 1000 },
      async play(stage: Stage) {
        await stage.client.silence()
        await callOnce(stage)
        // Timers that run out together run in the reverse of the order in which they were set: the client's comes first.
        await stage.wait('500ms')
        await stage.flood()
        await stage.ladder.row(6)
        await stage.wait('1s')
      },
      // Nine entries repeat twice; then five are given up, and four, no more than half of the backlog, repeat again.
      foretold: { server: { halfOpen: 9, counters: { TCPSynRetrans: 9 * 2 + 4, TCPTimeouts: 9 * 3 } } },
    },
  },
})

/** A SYN from the client, which will not hear the answers. */
async function callOnce({ server, wire }: Stage) {
  await server.listen({ backlog: BACKLOG })
  await wire.inject({ row: 2 })
}

function entry({ retries, repeats = retries }: { retries: number; repeats?: number }) {
  const answer = (_: unknown, n: number) =>
    `    ${n + 3}.             XXX <SEQ=y><ACK=91><CTL=SYN,ACK>     <-- SYN-RECEIVED`
  const answers = Array.from({ length: repeats + 1 }, answer)
  return {
    sysctls: { server: { [RETRIES]: `${retries}`, 'net.ipv4.tcp_syncookies': '0' } },
    ladder: [
      '       client                                               server',
      '    1.                                                      LISTEN',
      '    2. (no power)  ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED',
      ...answers,
      `    ${repeats + 4}.                                                      LISTEN`,
    ].join('\n'),
    foretold: { server: { halfOpen: 1, counters: { TCPSynRetrans: repeats, TCPTimeouts: repeats + 1 } } },
    claims: { C48: holds((seen: Seen) => isRepeated(seen, repeats)) },
  }
}

/** The very same answer so many times, each time later, and after as long again as twice the last pause the entry is no more. */
function isRepeated(seen: Seen, repeats: number): boolean {
  const answers = seen.segments({ from: 'server', flags: 'SYN,ACK' })
  const [first] = answers
  const times = [...answers.map(({ departed }) => departed), seen.server.left('SYN_RCVD')]
  const pauses = times.slice(1).map((time, n) => time.since(times[n] ?? time))
  return (
    first !== undefined &&
    answers.length === repeats + 1 &&
    answers.every(answer => answer.follows(first, 0)) &&
    pauses.every((pause, n) => n === 0 || pause > 1.8 * (pauses[n - 1] ?? 0))
  )
}
