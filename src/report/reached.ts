import type { KeptHost } from '../lab/relay.ts'
import { type TcpState, toLadder, toSs } from '../tcp/states.ts'
import { INDENT, indented, pageOf } from './page.ts'

/** What a host's kernel says of a state that was to be reached, and how to ask it oneself. */
export function describeReached(state: TcpState, host: KeptHost, lesson: string, stream: NodeJS.WriteStream): string {
  const page = pageOf(stream)
  const sockets = host.sockets.filter(socket => socket.state === state)
  const table = sockets.map(({ local, remote }) => `${toSs(state)}  ${local}  ${remote}`)
  return [
    ...indented(`${toLadder(state)} at ${host.name}, by its kernel's socket table:`, page),
    ...(table.length === 0 ? ['no socket'] : table).map(line => `${INDENT}${INDENT}${line}`),
    ...indented(lesson, page),
    '',
    ...indented('To look at it from inside the host:', page),
    // To be copied: never broken.
    `${INDENT}${INDENT}${host.command}`,
    '',
  ].join('\n')
}
