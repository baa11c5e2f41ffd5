import { assignment, demand } from 'handwave'

export default assignment({
  title: 'An echo server that hangs up',
  program: { runsAt: 'server', file: 'echo' },

  parts: {
    answers: {
      title: 'A client calls, and is answered',
      points: 1,
      section: 'RFC 9293, 3.5',
      ladder: `
           client                                                server
        1. CLOSED                                                LISTEN
        2. (Open)
           SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
        3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
        4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
      `,
      async play({ client, server, start }) {
        const program = await start()
        await program.listens()
        await client.connect(server)
      },
    },

    echoes: {
      title: 'What is sent comes back, all of it and in order',
      points: 3,
      sysctls: {
        client: { 'net.ipv4.tcp_rmem': '4096 8192 8192' },
        server: { 'net.ipv4.tcp_wmem': '4096 8192 8192' },
      },
      async play({ client, server, start, wait }) {
        const program = await start()
        await program.listens()
        const near = await client.connect(server)
        let sent = ''
        for (const text of ['hello', 'h', 'a line\n', 'x'.repeat(5000), EVERY_BYTE, NUMBERS]) {
          // Whoever sends much does not always read at once.
          await near.pause()
          await near.write(text)
          await wait('1s')
          await near.resume()
          sent += text
          demandEqual(await near.received(sent.length), sent)
        }
      },
    },

    'hangs-up': {
      title: 'When the client has said goodbye, so does the server',
      points: 3,
      section: 'RFC 9293, 3.6',
      ladder: `
           client                                                server
        1. ESTABLISHED                                           ESTABLISHED
        2. (Close)
           FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK>     -->  CLOSE-WAIT
        3. TIME-WAIT    <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        4. TIME-WAIT    --> <SEQ=u+1><ACK=w+1><CTL=ACK>     -->  CLOSED
      `,
      // A server that takes a while acknowledges first.
      orElse: [
        `
           client                                                server
        1. ESTABLISHED                                           ESTABLISHED
        2. (Close)
           FIN-WAIT-1   --> <SEQ=u><ACK=w><CTL=FIN,ACK>     -->  CLOSE-WAIT
        3. FIN-WAIT-2   <-- <SEQ=w><ACK=u+1><CTL=ACK>       <--  CLOSE-WAIT
        4. TIME-WAIT    <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
        5. TIME-WAIT    --> <SEQ=u+1><ACK=w+1><CTL=ACK>     -->  CLOSED
        `,
      ],
      async play({ client, server, start }) {
        const program = await start()
        await program.listens()
        const near = await client.connect(server)
        await near.end()
      },
    },

    'leaks-nothing': {
      title: 'Twenty clients come and go, and no connection is left behind',
      points: 4,
      section: 'RFC 9293, 3.3.2: CLOSE-WAIT waits for the program, and for nothing else',
      async play({ client, server, start, wait }) {
        const program = await start()
        await program.listens()
        for (let n = 0; n < 20; n++) {
          const near = await client.connect(server)
          await near.write(`client ${n}`)
          await near.end()
          await wait('100ms')
        }
        await wait('5s')
      },
      checks: {
        'Five seconds after the last goodbye no connection was in CLOSE-WAIT any more.': seen =>
          seen.connections().every(({ server }) => server.changes.at(-1)?.to !== 'CLOSE_WAIT'),
      },
    },

    'one-beside-another': {
      title: 'A client that says nothing keeps nobody else waiting',
      points: 2,
      async play({ client, server, start }) {
        const program = await start()
        await program.listens()
        const silent = await client.connect(server)
        const near = await client.connect(server)
        await near.write('hello')
        await near.received(5)
        await silent.end()
      },
    },

    survives: {
      title: 'A client that breaks off does not end the server',
      points: 2,
      section: 'RFC 9293, 3.10.7.4: a reset is told to the program',
      async play({ client, server, start, wait }) {
        const program = await start()
        await program.listens()
        const rude = await client.connect(server)
        await rude.write('hello')
        await rude.received(5)
        await rude.reset()
        await wait('100ms')
        const { end } = program.story
        demand(end === null, 'The server ended when a client broke off.')
        const near = await client.connect(server)
        await near.write('still there?')
        await near.received(12)
      },
    },
  },
})

/** A character is a byte. */
const EVERY_BYTE = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')
/** More than these two kernels hold for a client that does not read, and each piece of it another one. */
const NUMBERS = Array.from({ length: 10_000 }, (_, n) => `${n}\n`).join('')

function demandEqual(back: string, sent: string): void {
  if (back === sent) return
  let same = 0
  while (back[same] === sent[same]) same++
  demand(false, `Of ${sent.length} bytes that were sent other ones came back, from byte ${same + 1} on.`)
}
