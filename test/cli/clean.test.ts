import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Run, World } from './world.ts'
import { NAMELESS } from './world-list.ts'

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root has namespaces to look at on Linux'

it('clean takes away what killed runs have left, names it, and lets be what others use', async context => {
  if (WHY_NOT !== null) context.skip(WHY_NOT)
  await using world = await World.open()
  const clean = async () => (await world.handwave('clean')).ended
  expect(await clean()).toMatchObject({ exitCode: 0, stdout: 'There is nothing to clean.' })

  // A minute in real time each, and the whole catalogue.
  const other = await world.handwave('run', 'normal-close', '--on', 'netns')
  const killed = [
    await world.handwave('run', 'normal-close', '--on', 'netns'),
    await world.handwave('run', '--on', 'kernel'),
  ]
  await sleep(1500)
  await Promise.all(killed.map(run => end(run, 'SIGKILL')))
  const left = await world.left({ besides: [other] })
  expect(left.map(line => line.replaceAll(/\S+$/g, '')).sort()).toEqual(['temporary ', 'tracefs instance '])

  const { exitCode, stdout } = await clean()
  expect(exitCode).toBe(0)
  const told = left.map(line =>
    line.replace(/^temporary /, `removed ${world.temporary}/`).replace(/^tracefs/, "removed the tracer's"),
  )
  expect(stdout.split('\n').sort()).toEqual(told.sort())
  expect(await world.left({ besides: [other] })).toEqual([])

  expect(await clean()).toMatchObject({ exitCode: 0, stdout: 'There is nothing to clean.' })
  expect((await end(other, 'SIGINT')).exitCode).toBe(130)
  expect(await world.left({ mayStay: [new RegExp(`^${NAMELESS}`)] })).toEqual([])
})

async function end(run: Run, how: NodeJS.Signals) {
  process.kill(run.pid, how)
  return await run.ended
}
