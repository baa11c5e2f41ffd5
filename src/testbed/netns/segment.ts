import type { HostPlace } from '../../host/network.ts'
import type { Command } from '../../host/shell.ts'

/**
 * A private segment: one namespace for each host, and one more for the bridge between them. No link leads from any of
 * them to the machine's own network, so nothing that is sent here can leave.
 */
export interface Segment {
  readonly tag: string
  readonly hosts: readonly HostPlace[]
}

export function namespaceOf(segment: Segment, host: string): string {
  return `${segment.tag}-${host}`
}

export function removeCommands(segment: Segment): Command[] {
  return [{ program: 'ip', args: ['-batch', '-'], stdin: namespaces(segment).map(name => `netns del ${name}`) }]
}

/** The namespaces, and the links between them. */
export function segmentCommands(segment: Segment): Command[] {
  const bridge = namespaceOf(segment, BRIDGE)
  const links = segment.hosts.map(
    host =>
      `link add ${host.device} address ${host.mac} netns ${namespaceOf(segment, host.name)} ` +
      `type veth peer name ${port(host)} netns ${bridge}`,
  )
  return [
    {
      program: 'ip',
      args: ['-batch', '-'],
      stdin: [...namespaces(segment).map(name => `netns add ${name}`), ...links],
    },
    {
      program: 'ip',
      args: ['-batch', '-'],
      namespace: bridge,
      stdin: [
        `link add ${BRIDGE} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
        `link set ${BRIDGE} up`,
        ...segment.hosts.flatMap(host => [`link set ${port(host)} master ${BRIDGE}`, `link set ${port(host)} up`]),
      ],
    },
    {
      // A bridge that has to learn sends the first frames to everybody.
      program: 'bridge',
      args: ['-batch', '-'],
      namespace: bridge,
      stdin: segment.hosts.map(host => `fdb replace ${host.mac} dev ${port(host)} master static`),
    },
  ]
}

/** What its namespace is called, and the bridge in it. */
export const BRIDGE = 'bridge'

function namespaces(segment: Segment): string[] {
  return [BRIDGE, ...segment.hosts.map(host => host.name)].map(name => namespaceOf(segment, name))
}

function port(host: HostPlace): string {
  return `${host.device}p`
}
