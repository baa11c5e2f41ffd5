import { HandwaveError, LacksError, MissingError, UsageError } from '../errors.ts'
import { GUARD_SYSCTLS, guardCommands } from '../host/guard.ts'
import { linkCommands } from '../host/netem.ts'
import { endpointCommands, endpointSysctls, type HostPlace, wireCommands, wireSysctls } from '../host/network.ts'
import type { Command } from '../host/shell.ts'
import { LAB_DEVICE, PINNED_SYSCTLS } from '../host/sysctls.ts'
import type { TestbedRequest } from './testbed.ts'

/**
 * Where everybody is: the wire is always the first, and a host's number gives its address and its MAC. The segment's own
 * number keeps apart what comes one after the other in a kernel: a connection may outlive the hosts that it was made for.
 */
export function planHosts(tag: string, number: number, { endpoints }: TestbedRequest): HostPlace[] {
  return ['wire', ...endpoints.map(({ name }) => name)].map((name, index) => ({
    name,
    address: `198.18.${number}.${index + 1}`,
    mac: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
    // Interfaces of all namespaces share the tracer's one buffer: the name tells them apart there.
    device: `${tag}h${index + 1}`,
  }))
}

export function kindOf(place: HostPlace, { endpoints }: TestbedRequest): 'endpoint' | 'wire' {
  return endpoints.some(({ name }) => name === place.name) ? 'endpoint' : 'wire'
}

/** What is run in a host before its agent begins. */
export function furnishing(
  place: HostPlace,
  places: readonly HostPlace[],
  { link, guard = {} }: TestbedRequest,
): Command[] {
  const [wire, ...endpoints] = places
  if (!wire) return []
  if (place !== wire) return endpointCommands(place, wire)
  const guards = endpoints.flatMap(host => {
    const own = guard[host.name]
    return own ? guardCommands(host, own) : []
  })
  return [...wireCommands(wire, endpoints), ...linkCommands(wire, endpoints, link), ...guards]
}

export function sysctlsOf(place: HostPlace, request: TestbedRequest): Record<string, string> {
  const own = request.endpoints.find(({ name }) => name === place.name)
  return {
    ...PINNED_SYSCTLS,
    ...(own
      ? { ...endpointSysctls(place), ...at(place, own.sysctls) }
      : { ...wireSysctls(place), ...(isGuarded(request) ? GUARD_SYSCTLS : {}) }),
  }
}

/** A lab's `eth0` is its host's one interface, whatever a testbed calls it. */
function at({ device }: HostPlace, sysctls: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sysctls).map(([name, value]) => [name.replace(`.${LAB_DEVICE}.`, `.${device}.`), value]),
  )
}

export function isGuarded({ guard = {} }: TestbedRequest): boolean {
  return Object.keys(guard).length > 0
}

/** Where tc does not know a kind of queue, the kernel has none, and where ip may do nothing, it is not allowed to: no fault of the lab's. */
export function explain(error: unknown, remedy: string): never {
  if (!(error instanceof HandwaveError)) throw error
  const [, complaint] = /^(?:.*: )?((?:Illegal|What is) .*)$/m.exec(error.message) ?? []
  if (complaint !== undefined)
    throw new UsageError('LINK', `tc does not take the lab's link: ${complaint}`, { cause: error })
  if (/Operation not permitted/.test(error.message)) {
    throw new MissingError('NO_NET_ADMIN', 'The hosts here may not shape their own network (NET_ADMIN).', {
      hint: 'What keeps the engine from giving its containers that capability? docker info. On this machine: --on kernel',
      cause: error,
    })
  }
  if (/synproxy|nf_conntrack/.test(error.message)) {
    throw new LacksError(
      'NO_SYNPROXY',
      "The kernel here has no SYN proxy of nftables', by which a wire guards a host.",
      {
        hint: 'Run it with --on kernel, or load the module nft_synproxy.',
        cause: error,
      },
    )
  }
  if (!/qdisc kind is unknown|qdisc not found/i.test(error.message)) throw error
  throw new LacksError('NO_NETEM', 'The kernel here has no netem, by which a link delays and loses.', {
    hint: remedy,
    cause: error,
  })
}
