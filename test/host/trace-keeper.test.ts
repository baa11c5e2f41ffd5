import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { HandwaveError } from '../../src/errors.ts'
import { Channel, throughChannel } from '../../src/host/channel.ts'
import { TRACE_METHODS, type TraceKeeper } from '../../src/host/container-agent.ts'
import { traceInstances } from '../../src/host/tracefs.ts'
import { ROOT } from '../handwave.ts'

const WHY_NOT = process.getuid?.() === 0 ? null : 'only root may use the tracer'

/** What the container that reads the trace runs, without a container around it. */
function startKeeper() {
  const program = join(ROOT, 'src/host/in-container.ts')
  const child = spawn(process.execPath, ['--conditions=handwave-source', program, 'trace'], { stdio: 'pipe' })
  const channel = new Channel<never>(child.stdout, child.stdin, () => {})
  child.once('exit', () => channel.lose(new HandwaveError('OVER', 'It has ended.')))
  return {
    keeper: throughChannel<TraceKeeper>(channel, TRACE_METHODS),
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise(resolve => child.once('exit', resolve))
      channel.end()
      await ended
    },
  }
}

it('a trace that a killed run has left is there for whoever comes next, and one that is read is not', async context => {
  if (WHY_NOT !== null) context.skip(WHY_NOT)
  const name = `hwtk${process.pid}`
  const place = join(traceInstances(), name)
  mkdirSync(place)
  {
    await using one = startKeeper()
    await one.keeper.open({ name, devices: [] })
    await using other = startKeeper()
    await expect(other.keeper.open({ name, devices: [] })).rejects.toThrow(/gives no instance/)
    await one.keeper.catchUp()
    expect(existsSync(place)).toBe(true)
  }
  expect(existsSync(place)).toBe(false)
})
