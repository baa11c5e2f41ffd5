import { node } from 'handwave'
import original from '../../../labs/requests-side-by-side.ts'
import { turned } from './turned.ts'

export default turned(original, {
  // HTTP/2 as well, but the second page is asked for when the first has come.
  'one-after-the-other': {
    turns: ['C53'],
    async play({ client, server }) {
      const site = await server.start(node(slowSite, server.port))
      await site.said('open')
      const browser = await client.start(node(inTurn, `http://${server.address}:${server.port}`))
      await browser.said('all pages')
    },
  },
})

async function slowSite(port: number) {
  const { createServer } = await import('node:http2')
  createServer((_, response) => {
    setTimeout(() => response.end('a page'), 500)
  }).listen(port, () => console.log('open'))
}

async function inTurn(site: string) {
  const { connect } = await import('node:http2')
  const { once } = await import('node:events')
  const session = connect(site)
  for (const path of ['/one', '/two', '/three']) await once(session.request({ ':path': path }).resume(), 'end')
  console.log('all pages')
  session.close()
}
