import original from '../../../labs/numbers-that-wrap.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'far-from-the-end': {
    turns: ['C21'],
    async play({ client, server, ladder, wait }) {
      const [near, far] = await Promise.all([
        client.startConnecting(server, { fromPort: 4000, port: 5000, firstNumber: 90 }),
        server.startConnecting(client, { fromPort: 5000, port: 4000, firstNumber: 91 }),
      ])
      await ladder.row(7)
      await wait('1s')
      await near.write('hello')
      await ladder.row(9)
      await far.write('hello')
    },
  },
})
