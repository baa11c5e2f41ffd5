import { node, type Stage } from 'handwave'
import original from '../../../labs/requests-and-handshakes.ts'
import { casesOf } from '../../../src/lab/lab.ts'
import { turned } from './turned.ts'

const cases = casesOf('', original)

/** What another case of the lab does. */
function as(name: string) {
  return async (stage: Stage) => await cases.find(one => one.name === name)?.spec.play(stage)
}

export default turned(original, {
  'pages-on-one-connection': { turns: ['C51'], play: as('keep-alive') },
  'a-connection-for-each-page': { turns: ['C52'], play: as('http-1.0') },
  // Handshakes that go on at once cost no more than one does: avoiding all but one of them saves nothing.
  'handshakes-side-by-side': {
    turns: ['C54'],
    async play({ client, server }) {
      const site = await server.start(node(webSite, server.port))
      await site.said('open')
      const browser = await client.start(node(allAtOnce, `http://${server.address}:${server.port}`))
      await browser.said('all pages')
    },
  },
})

async function webSite(port: number) {
  const { createServer } = await import('node:http')
  createServer((_, response) => response.end('a page')).listen(port, () => console.log('open'))
}

async function allAtOnce(site: string) {
  const { get } = await import('node:http')
  const { once } = await import('node:events')
  const fetchPage = async () => {
    const [response] = await once(get(site, { agent: false }), 'response')
    await once(response.resume(), 'end')
  }
  await Promise.all([fetchPage(), fetchPage(), fetchPage()])
  console.log('all pages')
}
