import type { HostPlace } from '../host/network.ts'
import { INVENTED_RANGE } from '../host/network.ts'

/** A flood as a lab declares it: what will be sent stands there before anything is. */
export interface FloodSpec {
  /** The host that sends: one of the lab's further hosts. */
  readonly from: string
  readonly to: string
  readonly segments: number
  readonly perSecond: number
}

/** Who, to whom, how many, how fast, for how long and where, in lines. */
export function floodPlan(
  { from, to, segments, perSecond }: FloodSpec,
  hosts: readonly Pick<HostPlace, 'name' | 'address'>[],
  port: number,
  where: string,
): string[] {
  const addressOf = (name: string) => hosts.find(host => host.name === name)?.address ?? '?'
  const seconds = segments / perSecond
  return [
    `flood: ${segments} SYNs by ${from} (${addressOf(from)}), from invented addresses of ${INVENTED_RANGE},`,
    `       to ${to} (${addressOf(to)}:${port}), ${perSecond} a second, for ${Number(seconds.toPrecision(3))} s,`,
    `       ${where}`,
  ]
}

export const WHERE = {
  kernel: 'between namespaces of the lab kernel, on a bridge that no way leads out of',
  netns: "between namespaces of this machine's kernel, on a bridge that no way leads out of",
  docker: 'between containers, on a network of the engine that no way leads out of',
} as const
