import { nft } from './nft.ts'
import type { Command } from './shell.ts'

/** A host as its network sees it. The device is whatever the testbed called the one interface. */
export interface HostPlace {
  readonly name: string
  readonly address: string
  readonly mac: string
  readonly device: string
}

/** Everything that handwave ever sends stays in RFC 2544's range for tests between networks. */
export const LAB_RANGE = '198.18.0.0/15'
/** The half of it that no host owns: sources for forged segments. */
export const INVENTED_RANGE = '198.19.0.0/16'

export function isInvented(address: string): boolean {
  return address.startsWith('198.19.')
}

/**
 * An endpoint reaches everything through the wire, by a route of its own. Neighbours are permanent: a first segment that
 * waits for ARP is late by a round trip.
 */
export function endpointCommands(self: HostPlace, wire: HostPlace): Command[] {
  return [
    ip([
      ...deviceUp(self),
      `route add ${wire.address}/32 dev ${self.device} scope link`,
      `route add ${LAB_RANGE} via ${wire.address} dev ${self.device} onlink`,
      neighbour(wire, self.device),
    ]),
  ]
}

/**
 * The wire forwards between the endpoints. Before anything can touch a segment a copy of it goes to the wire's own
 * loopback, where a raw socket hears it: Linux shows forwarded packets to no raw socket.
 */
export function wireCommands(self: HostPlace, endpoints: readonly HostPlace[]): Command[] {
  return [
    ip([
      ...deviceUp(self),
      ...endpoints.flatMap(host => [
        `route add ${host.address}/32 dev ${self.device} scope link`,
        neighbour(host, self.device),
      ]),
      // A drop would do, but for the ICMP error that some kernels send with it, which ends half-open connections.
      `route add blackhole ${INVENTED_RANGE}`,
      `route add local 0.0.0.0/0 dev lo table ${TAP_TABLE}`,
      `rule add fwmark ${TAP_MARK} lookup ${TAP_TABLE}`,
    ]),
    nft([
      'table ip handwave {',
      '  chain tap {',
      '    type filter hook prerouting priority -300;',
      `    iifname "${self.device}" ip protocol tcp dup to 127.0.0.1 device "lo"`,
      `    iifname "lo" ip protocol tcp meta mark set ${TAP_MARK}`,
      '  }',
      // Faults only mark what is to be lost: a rule that dropped it would hide it from the next rule's counting.
      ...chain('faults', 0),
      ...chain('cuts', 1),
      ...chain('holds', 2),
      '  chain losses {',
      '    type filter hook forward priority 10;',
      `    meta mark ${LOSS_MARK} counter drop`,
      `    meta mark ${HOLD_MARK} counter drop`,
      `    meta mark ${REFUSAL_MARK} counter reject with icmp type host-unreachable`,
      '  }',
      '}',
    ]),
  ]
}

/**
 * What makes a namespace a router that also hears itself. Linux takes the stricter or the laxer of `all` and the device's
 * own setting, as the case may be, and a device has `default`'s from before we came: all three are set.
 */
export function wireSysctls({ device }: HostPlace): Record<string, string> {
  return {
    'net.ipv4.ip_forward': '1',
    ...forEach(['all', 'default', device], 'send_redirects', '0'),
    ...forEach(['all', 'default', 'lo', device], 'rp_filter', '0'),
    'net.ipv4.conf.lo.accept_local': '1',
  }
}

/** An endpoint goes through the wire, whatever anybody tells it of a shorter way. */
export function endpointSysctls({ device }: HostPlace): Record<string, string> {
  return {
    ...forEach(['all', 'default', device], 'accept_redirects', '0'),
    ...forEach(['all', 'default', device], 'rp_filter', '0'),
  }
}

function chain(name: string, priority: number): string[] {
  return [`  chain ${name} {`, `    type filter hook forward priority ${priority};`, '  }']
}

function forEach(places: readonly string[], setting: string, value: string): Record<string, string> {
  return Object.fromEntries(places.map(place => [`net.ipv4.conf.${place}.${setting}`, value]))
}

/** Set on a segment that the wire is to lose. */
export const LOSS_MARK = 99
/** Set on a segment that the wire keeps back. */
export const HOLD_MARK = 98

/** Set on a segment that the wire says it cannot deliver. */
export const REFUSAL_MARK = 97

const TAP_MARK = 9
const TAP_TABLE = 100

function ip(lines: readonly string[]): Command {
  return { program: 'ip', args: ['-batch', '-'], stdin: lines }
}

function deviceUp(host: HostPlace): string[] {
  return [`link set lo up`, `address add ${host.address}/32 dev ${host.device}`, `link set ${host.device} up`]
}

function neighbour(host: HostPlace, device: string): string {
  return `neighbour replace ${host.address} lladdr ${host.mac} dev ${device} nud permanent`
}
