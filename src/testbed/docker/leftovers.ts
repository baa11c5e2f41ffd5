import { type Engine, findEngine } from './engine.ts'
import { isLeft, OURS } from './labels.ts'

/** Takes away containers and networks of runs that were killed, where an engine answers. Gives their names. */
export async function removeLeftContainers(): Promise<string[]> {
  const engine = await findEngine().catch(() => null)
  if (engine === null) return []
  // No network goes before the containers on it.
  return [...(await removeContainers(engine)), ...(await removeNetworks(engine))]
}

async function removeContainers({ container: { dockerode: api } }: Engine): Promise<string[]> {
  const left = (await api.listContainers({ all: true, filters: OURS })).filter(({ Labels }) => isLeft(Labels))
  await Promise.all(left.map(({ Id }) => api.getContainer(Id).remove({ force: true, v: true }).catch(unlessGone)))
  return left.map(({ Names, Id }) => `container ${Names[0]?.replace(/^\//, '') ?? Id}`)
}

async function removeNetworks({ container: { dockerode: api } }: Engine): Promise<string[]> {
  const left = (await api.listNetworks({ filters: OURS })).filter(({ Labels }) => isLeft(Labels))
  await Promise.all(left.map(({ Id }) => api.getNetwork(Id).remove().catch(unlessGone)))
  return left.map(({ Name }) => `network ${Name}`)
}

/** A container goes of itself once its program has ended: it may be gone, or going. */
export function unlessGone(error: { readonly statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error
}
