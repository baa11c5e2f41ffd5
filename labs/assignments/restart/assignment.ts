import { assignment, demand, type StudentProgram } from 'handwave'

const GREETING = 'hello\n'

export default assignment({
  title: 'A server that can be started again',
  program: { runsAt: 'server', file: 'greet' },

  parts: {
    greets: {
      title: 'Whoever calls is greeted',
      points: 2,
      async play({ client, server, start }) {
        const program = await start()
        await program.listens()
        for (let n = 0; n < 3; n++) {
          const near = await client.connect(server)
          demand((await near.received(GREETING.length)) === GREETING, 'The greeting was another one.')
          await near.ended()
          await near.end()
        }
      },
    },

    'spares-clients': {
      title: 'The server says goodbye first, so that TIME-WAIT is its own and no client has to wait',
      points: 3,
      section: 'RFC 9293, 3.6: the side that closes first is the one that waits',
      async play({ client, server, start, wait }) {
        const program = await start()
        await program.listens()
        const near = await client.connect(server)
        await near.ended()
        await near.end()
        await wait('1s')
      },
      checks: {
        'The server came into TIME-WAIT.': seen => seen.server.wasIn('TIME_WAIT'),
        'The client did not.': seen => !seen.client.wasIn('TIME_WAIT'),
        'Nobody sent a reset.': seen => seen.segments().every(({ flags }) => !flags.includes('RST')),
      },
    },

    'starts-again': {
      title: 'It is ended and started again while connections of its are in TIME-WAIT',
      points: 4,
      section: 'socket(7), SO_REUSEADDR',
      async play({ client, server, start }) {
        const first = await start()
        await first.listens()
        const near = await client.connect(server)
        await near.ended()
        await near.end()
        await endOf(first)
        const second = await start()
        await second.listens()
        const again = await client.connect(server)
        await again.received(1)
      },
    },

    'one-at-a-time': {
      title: 'A second one beside it does not start, and says so by its status',
      points: 2,
      section: 'socket(7): SO_REUSEADDR is no leave to share a port with one that listens; SO_REUSEPORT is',
      async play({ client, server, start }) {
        const first = await start()
        await first.listens()
        const second = await start()
        const { status } = await second.ended()
        demand(status !== 0, 'The second one ended with status 0.')
        const near = await client.connect(server)
        await near.received(1)
      },
    },
  },
})

async function endOf(program: StudentProgram): Promise<void> {
  await program.kill()
  await program.ended()
}
