import { holds, lab, node } from 'handwave'

const ROUND_TRIP_MS = 200
const SLOW_MS = 500

export default lab({
  title: 'Three requests side by side',
  lesson: `HTTP/1.1 keeps its connection, but answers in turn: whoever asks for a slow page first waits for it before the quick
ones. So browsers opened six connections, and six handshakes, to every site. HTTP/2 gives each request a number and
mixes their answers on one connection: three leave together, in one segment, and the two quick pages overtake the slow
one. One handshake, one TIME-WAIT, and every page takes just as long as it takes. What is left is below HTTP: a lost
segment still holds up all three, because TCP hands on its bytes in order. That is why HTTP/3 does without TCP.`,

  link: { delay: '100ms' },

  ladder: `
       client                                                     server
    1. CLOSED                                                     LISTEN
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                      --> SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>           --> ESTABLISHED
    5. (3 pages?)   --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA>     -->
  `,

  async play({ client, server }) {
    const site = await server.start(node(webSite, server.port, SLOW_MS))
    await site.said('open')
    const browser = await client.start(node(threeAtOnce, `http://${server.address}:${server.port}`))
    await browser.said('/quick /quick-too /slow')
  },

  claims: {
    C53: holds(seen => {
      const farewell = seen.segment({ from: 'client', flags: 'FIN,ACK' }).departed
      const pages = seen
        .segments({ from: 'server' })
        .filter(({ length, arrived }) => length > 0 && arrived.before(farewell))
      const took = Math.max(...pages.map(({ arrived }) => arrived.since(seen.row(5).departed)))
      // No longer than the slow one alone: had one waited for another, it would be a round trip more.
      return seen.connections().length === 1 && took >= SLOW_MS && took < SLOW_MS + 2 * ROUND_TRIP_MS
    }),
  },
})

async function webSite(port: number, slowMs: number) {
  const { createServer } = await import('node:http2')
  const { setTimeout: sleep } = await import('node:timers/promises')
  const site = createServer(async (request, response) => {
    if (request.url === '/slow') await sleep(slowMs)
    response.end('a page')
  })
  site.listen(port, () => console.log('open'))
}

async function threeAtOnce(site: string) {
  const { connect } = await import('node:http2')
  const { once } = await import('node:events')
  const session = connect(site)
  const came: string[] = []
  const fetchPage = async (path: string) => {
    await once(session.request({ ':path': path }).resume(), 'end')
    came.push(path)
  }
  await Promise.all(['/slow', '/quick', '/quick-too'].map(fetchPage))
  console.log(came.join(' '))
  session.close()
}
