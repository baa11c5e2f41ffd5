/** As every engine calls the first interface of a container, and we call it otherwise. */
export const FIRST_DEVICE = 'eth0'

interface Placed {
  /** For the container. */
  readonly container: Readonly<Record<string, string>>
  /** For its place on the network, as that driver wants to be told. */
  readonly endpoint: Readonly<Record<string, string>>
}

/**
 * Where an engine wants to be told of settings that belong to one interface: up to API 1.45 with the container's others, from
 * 1.46 on with the interface itself (docs.docker.com, Engine API version history).
 */
export function placeSysctls(sysctls: Readonly<Record<string, string>>, apiVersion: string): Placed {
  if (!isAtLeast(apiVersion, [1, 46])) return { container: sysctls, endpoint: {} }
  const [own, others] = [true, false].map(wanted =>
    Object.entries(sysctls).filter(([name]) => name.split('.').includes(FIRST_DEVICE) === wanted),
  )
  const told = (own ?? []).map(([name, value]) => `${name.replace(`.${FIRST_DEVICE}.`, '.IFNAME.')}=${value}`).join(',')
  return {
    container: Object.fromEntries(others ?? []),
    endpoint: told === '' ? {} : { 'com.docker.network.endpoint.sysctls': told },
  }
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
