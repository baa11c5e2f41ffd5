import { mkdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../kernel/cache.ts'
import { type Engine, engineError } from './engine.ts'
import { ownLabels } from './labels.ts'
import { unlessGone } from './leftovers.ts'

/** Whether the engine's kernel delays and loses: asked of the kernel itself, in a container. Remembered where it does. */
export async function engineHasNetem(engine: Engine, image: string): Promise<boolean> {
  const { ID, KernelVersion } = await engine.container.dockerode.info()
  const known = join(cacheFolder(), 'engines', `${ID}-${KernelVersion}`.replaceAll(/[^\w.-]/g, '-'))
  if (existsSync(known)) return true
  const hasNetem = await ask(engine, image)
  if (!hasNetem) return false
  await mkdir(join(cacheFolder(), 'engines'), { recursive: true })
  await writeFile(known, 'has netem\n')
  return true
}

async function ask({ container: { dockerode: api } }: Engine, image: string): Promise<boolean> {
  const queues = 'tc qdisc add dev lo root handle 1: prio && tc qdisc add dev lo parent 1:1 netem delay 1ms'
  try {
    const container = await api.createContainer({
      Image: image,
      Cmd: ['sh', '-c', queues],
      Labels: ownLabels(),
      HostConfig: { CapAdd: ['NET_ADMIN'], NetworkMode: 'none' },
    })
    try {
      await container.start()
      const { StatusCode } = (await container.wait()) as { StatusCode: number }
      return StatusCode === 0
    } finally {
      await container.remove({ force: true }).catch(unlessGone)
    }
  } catch (cause) {
    throw engineError('say whether its kernel has netem', cause)
  }
}
