import { parseArgs } from 'node:util'
import { isOwnerAlive } from '../host/owner.ts'
import { killStragglers } from '../host/stragglers.ts'
import { removeLeftovers } from '../testbed/netns/claims.ts'
import { removeLeftFolders } from '../testbed/temporary.ts'

export const usage = `handwave clean

Takes away what runs have left that were killed: temporary folders, the tracer's instances,
programs that had made daemons of themselves, containers and their networks. Everything else goes
with a run by itself, whatever ends it. What belongs to a run that goes on is not touched.
`

export async function run(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: {} })
  const killed = killStragglers(runner => !isOwnerAlive(runner)).map(pid => `process ${pid}`)
  const { removeLeftContainers } = await import('../testbed/docker/leftovers.ts')
  const removed = [
    ...killed,
    ...(await removeLeftFolders()),
    ...(await removedTraces()),
    ...(await removeLeftContainers()),
  ]
  for (const what of removed) process.stdout.write(`removed ${what}\n`)
  if (removed.length === 0) process.stdout.write('There is nothing to clean.\n')
  return 0
}

/** Only root can have made one, and only root can look. */
async function removedTraces(): Promise<string[]> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return []
  return (await removeLeftovers()).map(tag => `the tracer's instance ${tag}`)
}
