// The program of a host's container: an agent that is asked by its standard input and tells by its standard output. It ends
// when nobody is there any more who could ask, and its container with it.
import { HandwaveError } from '../errors.ts'
import { answer } from './channel.ts'
import type { ContainerAgent, ContainerEvent, TraceKeeper } from './container-agent.ts'
import { greet } from './greet.ts'
import { OWN_NAMESPACE } from './host-namespace.ts'
import { LocalAgent } from './local-agent.ts'
import { type Command, runCommands } from './shell.ts'
import { KernelTrace } from './trace.ts'
import { removeUnusedTrace } from './tracefs.ts'
import { untilOver } from './until-over.ts'

const READING_MS = 10

const [, , role] = process.argv
if (role === 'trace') await answer(process.stdin, say, traceKeeper())
else await beAgent()
process.exit()

async function beAgent(): Promise<void> {
  const over = new AbortController()
  const agent = Object.assign(untilOver(new LocalAgent(OWN_NAMESPACE, tell, over.signal), over), {
    furnish: async ({ commands }: { readonly commands: readonly Command[] }) => void (await runCommands(commands)),
    greet: ({ address }: { readonly address: string }) => greet(address),
  }) satisfies ContainerAgent
  await answer(process.stdin, say, agent)
  await agent[Symbol.asyncDispose]()
}

function traceKeeper(): TraceKeeper {
  let trace: KernelTrace | undefined
  let reading: NodeJS.Timeout | undefined
  const read = () => {
    if (!trace) throw new HandwaveError('NO_TRACE', 'The trace has not been opened.')
    const lines = trace.read()
    tell({ lines, untilNs: trace.untilNs })
  }
  return {
    async open({ name, devices }) {
      // One engine has one lab at a time: what is there of this name belongs to nobody any more.
      removeUnusedTrace(name)
      trace = new KernelTrace(name, devices)
      reading = setInterval(read, READING_MS)
      process.once('exit', () => trace?.[Symbol.dispose]())
    },
    async catchUp() {
      read()
    },
    async close() {
      clearInterval(reading)
      trace?.[Symbol.dispose]()
      trace = undefined
    },
  }
}

function tell(event: ContainerEvent): void {
  say({ event })
}

function say(reply: unknown): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
