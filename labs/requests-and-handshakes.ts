import { type ConnectionSeen, holds, lab, node, type Stage } from 'handwave'

const PAGES = 3
const ROUND_TRIP_MS = 200

export default lab({
  title: 'What a handshake costs',
  lesson: `Three pages are fetched from the other side of an ocean: there and back takes 200 ms. HTTP/1.0 opens a
connection for each, and nothing can be asked before the handshake is done: each page takes two round trips, six in
all. And its server closes first, because that is how it says that a page is complete: each page leaves it a
TIME-WAIT. HTTP/1.1 says instead how long a page is, keeps the connection, and is done after four: each handshake
avoided saves one round trip. A browser that opens its connections side by side waits less, and has its server pay
more. (The picture shows how each connection begins.)`,

  link: { delay: '100ms' },
  play: fetchPages(pageByPage),

  ladder: `
       client                                                     server
    1. CLOSED                                                     LISTEN
    2. SYN-SENT     --> <SEQ=x><CTL=SYN>                      --> SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>         <-- SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>           --> ESTABLISHED
    5. (page?)      --> <SEQ=x+1><ACK=y+1><CTL=ACK><DATA>     -->
    6.              <-- <SEQ=y+1><ACK=u><CTL=ACK>             <--
    7.              <-- <SEQ=y+1><ACK=u><CTL=ACK><DATA>       <-- (a page)
  `,

  claims: {
    C54: holds(seen => {
      const connections = seen.connections()
      const took = Math.max(...connections.flatMap(pages).map(page => page.since(seen.row(2).departed)))
      return Math.round(took / ROUND_TRIP_MS) === connections.length + connections.flatMap(requests).length
    }),
  },

  cases: {
    'http-1.0': {
      claims: {
        C51: holds(seen => {
          const connections = seen.connections()
          return (
            connections.length === PAGES &&
            connections.every(each => each.segments({ flags: 'SYN' }).length === 1 && requests(each).length === 1) &&
            connections.every(({ server }) => server.wasIn('TIME_WAIT'))
          )
        }),
      },
    },
    'keep-alive': {
      play: fetchPages(onOneConnection),
      claims: {
        C52: holds(seen => {
          const asked = requests(seen)
          const isAnswered = asked.every((request, n) => pages(seen)[n]?.after(request.arrived))
          const farewell = seen.segment({ flags: 'FIN,ACK' }).departed
          return (
            seen.connections().length === 1 &&
            asked.length === PAGES &&
            isAnswered &&
            pages(seen).every(page => page.before(farewell))
          )
        }),
      },
    },
  },
})

function fetchPages(browser: typeof pageByPage) {
  return async ({ client, server }: Stage) => {
    const site = await server.start(node(webSite, server.port))
    await site.said('open')
    const visitor = await client.start(node(browser, `http://${server.address}:${server.port}`, PAGES))
    await visitor.said('all pages')
  }
}

async function webSite(port: number) {
  const { createServer } = await import('node:http')
  createServer((_, response) => response.end('a page')).listen(port, () => console.log('open'))
}

async function pageByPage(site: string, pages: number) {
  const { connect } = await import('node:net')
  const { once } = await import('node:events')
  const { hostname: host, port } = new URL(site)
  for (let page = 1; page <= pages; page++) {
    const socket = connect({ host, port: Number(port) })
    socket.resume().write('GET / HTTP/1.0\r\n\r\n')
    await once(socket, 'close')
  }
  console.log('all pages')
}

async function onOneConnection(site: string, pages: number) {
  const { Agent, get } = await import('node:http')
  const { once } = await import('node:events')
  const agent = new Agent({ keepAlive: true })
  for (let page = 1; page <= pages; page++) {
    const [response] = await once(get(site, { agent }), 'response')
    await once(response.resume(), 'end')
  }
  console.log('all pages')
  agent.destroy()
}

function requests(connection: ConnectionSeen) {
  return connection.segments({ from: 'client' }).filter(({ length }) => length > 0)
}

function pages(connection: ConnectionSeen) {
  return connection
    .segments({ from: 'server' })
    .filter(({ length }) => length > 0)
    .map(({ arrived }) => arrived)
}
