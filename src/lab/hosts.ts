import { LadderError } from '../errors.ts'
import type { Ladder } from '../ladder/ladder.ts'
import type { Hosts } from '../ladder/moments.ts'

export const CLIENT = 'client'
export const SERVER = 'server'
export const WIRE = 'wire'

/** The lab's endpoints, in the order of their addresses. */
export function hostNames({ hosts = [] }: { readonly hosts?: readonly string[] }): string[] {
  return [CLIENT, SERVER, ...hosts]
}

/** Who stands where in a picture that does not say. */
export const PEERS: Hosts = { left: CLIENT, right: SERVER }

/** Who stands where: the hosts that the picture names, and client and server where it has other names, as RFC 9293 has. */
export function peersOf({ peers: [left, right], text }: Ladder, hosts: readonly string[]): Hosts {
  const [unknown, other] = [left, right].filter(name => !hosts.includes(name))
  if (unknown === undefined) return { left, right }
  if (other !== undefined) return PEERS
  const lines = text.split('\n')
  const line = lines.findIndex(words => words.includes(unknown))
  const column = lines[line]?.indexOf(unknown) ?? 0
  throw new LadderError(
    line + 1,
    column + 1,
    `Found '${unknown}' beside a host's name, where a host of the lab is expected.`,
    `Its hosts are ${hosts.join(', ')}.`,
  )
}
