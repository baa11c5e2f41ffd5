import { readFileSync, readlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { HandwaveError } from '../errors.ts'
import type { HostNamespace } from './host-namespace.ts'
import { type HostPlace, isInvented, LAB_RANGE } from './network.ts'
import { homeNamespace, NetworkNamespace } from './network-namespace.ts'

/** A packet that handwave does not send. */
export class InjectionRefused extends HandwaveError {
  override readonly name = 'InjectionRefused'
}

/** What a host is part of, as its testbed has planned it. */
export interface Surroundings {
  /** Every host of the lab, the wire among them. */
  readonly hosts: readonly HostPlace[]
  /** The namespace with the bridge between them, by name; null where it is an engine's, and out of sight. */
  readonly bridge: string | null
}

/** Who a packet says that it is from, and where it goes. */
interface Ends {
  readonly source: string
  readonly destination: string
}

/**
 * What has to be so at the moment at which a forged packet is sent. A lab has no way out by construction: this is for the
 * day on which somebody has built one.
 */
export class Enclosure implements Disposable {
  readonly #namespace: HostNamespace
  readonly #self: HostPlace
  readonly #hosts: readonly HostPlace[]
  readonly #bridge: NetworkNamespace | null

  constructor(namespace: HostNamespace, self: HostPlace, { hosts, bridge }: Surroundings) {
    this.#namespace = namespace
    this.#self = self
    this.#hosts = hosts
    this.#bridge = bridge === null ? null : new NetworkNamespace(bridge)
  }

  [Symbol.dispose](): void {
    this.#bridge?.[Symbol.dispose]()
  }

  /** Packets go to a host of this lab, and come from one, or from nobody that there is. */
  requireEnds({ source, destination }: Ends): void {
    const isHosts = (address: string) => this.#hosts.some(host => host.address === address)
    const [wrong] = [
      ...(isHosts(source) || isInvented(source) ? [] : [`source is ${source}`]),
      ...(isHosts(destination) ? [] : [`destination is ${destination}`]),
    ]
    if (wrong === undefined) return
    throw new InjectionRefused('INJECT_ADDRESS', `A packet whose ${wrong} is not sent.`, {
      hint: 'It goes from a host of the lab to another; 198.19.0.0/16 (of RFC 2544) is for sources that no host owns.',
    })
  }

  /** There is one segment that a packet can get to, and no way out of it. */
  requireClosed(): void {
    this.#namespace.run(() => {
      if (this.#bridge !== null) requireNotAtHome()
      requireSingleInterface()
      requireHost(this.#self)
      requireNoWayOut()
    })
    this.#bridge?.run(() => requireOnly(this.#hosts))
  }
}

/** A host in a container is at home. */
function requireNotAtHome(): void {
  if (readlinkSync('/proc/thread-self/ns/net') !== homeNamespace()) return
  throw new InjectionRefused('INJECT_MACHINE', "This is the machine's own network, and no host of a lab.")
}

function requireSingleInterface(): void {
  const ways = devices().filter(device => device !== 'lo' && !FALLBACK_TUNNELS.includes(device))
  if (ways.length <= 1) return
  throw new InjectionRefused('INJECT_INTERFACES', `This host has several interfaces: ${ways.join(', ')}.`, {
    hint: 'Packets are injected only where a single one leads to the lab.',
  })
}

/** That the one interface is what the testbed has made it. */
function requireHost({ name, device, address, mac }: HostPlace): void {
  const found = networkInterfaces()[device] ?? []
  if (found.some(one => one.address === address && one.mac === mac)) return
  throw new InjectionRefused('INJECT_HOST', `This is not ${name} any more: ${device} has not ${address} and ${mac}.`, {
    hint: 'Packets are injected only from a host as the lab has made it, with its interface up.',
  })
}

/** No default route, nor any other that leads elsewhere than to the lab's addresses. */
function requireNoWayOut(): void {
  const out = procNet('route').filter(line => !isWithinTheLab(line))
  if (out.length === 0) return
  const isDefault = out.some(line => /^\S+\s+00000000\s/.test(line))
  throw new InjectionRefused(
    'INJECT_ROUTE',
    `This host has a ${isDefault ? 'default route' : 'route out of the lab'}.`,
    {
      hint: `Packets are injected only where no way leads out of the lab's ${LAB_RANGE}.`,
    },
  )
}

/** On the bridge there is a port for each host of the lab, and beside it nothing that could lead anywhere. */
function requireOnly(hosts: readonly HostPlace[]): void {
  const ours = ['lo', 'bridge', ...hosts.map(({ device }) => `${device}p`), ...FALLBACK_TUNNELS]
  const others = devices().filter(device => !ours.includes(device))
  if (others.length === 0) return
  throw new InjectionRefused('INJECT_SEGMENT', `The lab's bridge has a way to somewhere else: ${others.join(', ')}.`, {
    hint: 'Packets are injected only where nobody but the hosts of the lab hears them.',
  })
}

/** By its destination and its mask, whose bytes stand in the order of the machine's. */
function isWithinTheLab(route: string): boolean {
  const [, destination = '', , , , , , mask = ''] = route.split(/\s+/)
  const [first = 0, second = 0] = Buffer.from(destination, 'hex').reverse()
  const [all = 0, most = 0] = Buffer.from(mask, 'hex').reverse()
  return first === 198 && (second & 0xfe) === 18 && all === 0xff && most >= 0xfe
}

function devices(): string[] {
  return procNet('dev').map(line => line.split(':')[0]?.trim() ?? '')
}

/** The lines below the headings. */
function procNet(file: 'dev' | 'route'): string[] {
  const lines = readFileSync(`/proc/thread-self/net/${file}`, 'latin1').split('\n')
  return lines.slice(file === 'dev' ? 2 : 1).filter(line => line.trim() !== '')
}

/** Their modules put one into every namespace (net.core.fb_tunnels_only_for_init_net). They are down. */
const FALLBACK_TUNNELS: readonly string[] = 'tunl0 gre0 gretap0 erspan0 ip_vti0 ip6_vti0 sit0 ip6tnl0 ip6gre0'.split(
  ' ',
)
