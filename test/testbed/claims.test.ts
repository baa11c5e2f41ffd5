import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { traceInstances } from '../../src/host/tracefs.ts'
import { claimSegment, removeLeftovers } from '../../src/testbed/netns/claims.ts'

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root may use the tracer, on Linux'

describe('a segment of this machine', () => {
  it('is seldom the one that was used last: its sockets may outlive a run that was killed', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const numbers = new Set<number>()
    for (let time = 0; time < 12; time++) {
      await using claim = await claimSegment()
      numbers.add(claim.number)
    }
    expect(numbers.size).toBeGreaterThan(8)
  })

  it('is claimed by one at a time', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using claims = new AsyncDisposableStack()
    const numbers = new Set<number>()
    for (let time = 0; time < 64; time++) numbers.add(claims.use(await claimSegment()).number)
    expect(numbers.size).toBe(64)
  })

  it("leaves an instance of the tracer's that is taken away, unless somebody reads it", async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const { tag, [Symbol.asyncDispose]: release } = await claimSegment()
    const instance = join(traceInstances(), tag)
    mkdirSync(instance)
    // As a run in a container would, whose claim cannot be seen from here.
    const pipe = openSync(join(instance, 'trace_pipe'), 'r')
    await release()
    expect(await removeLeftovers()).not.toContain(tag)
    closeSync(pipe)
    expect(await removeLeftovers()).toContain(tag)
  })
})
