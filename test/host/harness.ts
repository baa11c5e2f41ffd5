import { NetworkNamespace } from '../../src/host/network-namespace.ts'
import { Programs } from '../../src/host/programs.ts'

/** A process of its own that starts a program in a namespace, prints what it says, and waits to be killed. */
const [namespace = '', folder = '', ...command] = process.argv.slice(2)
const programs = new Programs(new NetworkNamespace(namespace), event => {
  if (event.kind === 'program-said') process.stdout.write(event.text)
})
await programs.start({ command, environment: {}, folder })
setInterval(() => {}, 1000)
