import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { FIXTURES } from '../handwave.ts'
import { type Ended, type Run, World } from './world.ts'
import { childrenOf, NAMELESS } from './world-list.ts'

const TESTBEDS = ['kernel', 'netns'] as const
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const
type Testbed = (typeof TESTBEDS)[number]
type Signal = (typeof SIGNALS)[number] | 'SIGHUP'

/** How many moments: sixty where there is time. */
const MOMENTS = 'HANDWAVE_REPEATS' in process.env ? 6 * Number(process.env['HANDWAVE_REPEATS']) : 12
/** The same one gives the same moments again, each with its signal and its labs. */
const SEED = Number(process.env['HANDWAVE_SEED'] ?? Date.now() % 2 ** 32)

/** Who takes longer than that has to be killed from outside: a runner that does not end by itself is, after three seconds. */
const PROMPT_MS = 2500

/** Two, so that a moment may lie between them. In real time the other choice is in TIME_WAIT until it is killed. */
const LABS = {
  kernel: [['three-way-handshake', 'time-wait/none']],
  netns: [['stale-syn', 'lost-syn/once'], ['normal-close']],
} as const satisfies Record<Testbed, readonly (readonly string[])[]>

const WHY_NOT =
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root has namespaces to look at on Linux'

describe('however a run ends, nothing is left of it', () => {
  it('at random moments, with another at work beside it', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    process.stdout.write(`HANDWAVE_SEED=${SEED} gives these moments again\n`)
    const random = randomFrom(SEED)
    await using other = new KeptAtWork(world)
    const lengthMs = Object.fromEntries(
      await Promise.all(TESTBEDS.map(async on => [on, await lengthOf(await start(world, on))] as const)),
    )
    await expectNothingLeft(world, 'a run that goes well', null, other.runs)
    for (let n = 0; n < MOMENTS; n++) {
      const how = SIGNALS[n % SIGNALS.length] ?? 'SIGINT'
      // Spread over the whole of it, and a little beyond its end.
      const share = (1.05 * (n + random())) / MOMENTS
      const ended = await Promise.all(
        TESTBEDS.map(async on => {
          const atMs = share * (lengthMs[on] ?? 0)
          const labs = LABS[on][n % LABS[on].length] ?? []
          const run = await start(world, on, labs)
          return { on, labs, atMs, ...(await tell(how, run, sleep(atMs))) }
        }),
      )
      const ofWhat = `HANDWAVE_SEED=${SEED} ${how} ${JSON.stringify(ended)}`
      for (const one of ended) expectObeyed(one, ofWhat)
      await expectNothingLeft(world, ofWhat, how, other.runs)
    }
    const results = await other.results()
    await expectNothingLeft(world, `HANDWAVE_SEED=${SEED}, and of the other`, 'SIGKILL')
    expect(results.length).toBeGreaterThan(TESTBEDS.length)
    expect(results.filter(({ exitCode, passed }) => exitCode !== 0 || passed !== OTHERS_REPEATS)).toEqual([])
  })

  it.for(TESTBEDS)('on %s by a terminal that is closed', async (on, context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    const outcome = await tell('SIGHUP', await start(world, on, LABS[on].at(-1)), sleep(700))
    expect(outcome.outcome).toBe('obeyed')
    expectObeyed(outcome, 'SIGHUP')
    await expectNothingLeft(world, 'SIGHUP', 'SIGHUP')
  })

  it('on netns with a play that goes on whatever happens', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    for (const atMs of [400, 500, 600]) {
      const run = await world.handwave('run', join(FIXTURES, 'never-ends.lab.ts'), '--on', 'netns')
      const outcome = await tell('SIGTERM', run, sleep(atMs))
      expect(outcome.outcome).toBe('obeyed')
      expectObeyed(outcome, `SIGTERM after ${atMs} ms`)
    }
    await expectNothingLeft(world, 'SIGTERM', 'SIGTERM')
  })

  it.for(TESTBEDS)('on %s by a reader that goes away', async (on, context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    const run = await start(world, on)
    run.stdout.once('data', () => run.stdout.destroy())
    expect((await run.ended).exitCode).toBe(130)
    await expectNothingLeft(world, 'a reader that goes away', null)
  })

  it.for(SIGNALS)('on the kernel by %s as soon as its folder is there', async (how, context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    const run = await world.handwave('run', '--on', 'kernel')
    const folderIsThere = comesTrue(() => readdirSync(world.temporary).length > 0, run)
    expectObeyed(await tell(how, run, folderIsThere), how)
    await expectNothingLeft(world, how, how)
  })

  it.for(TESTBEDS)('on %s by SIGKILL as soon as there is a process but its own', async (on, context) => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    await using world = await World.open()
    const run = await start(world, on)
    const { outcome } = await tell(
      'SIGKILL',
      run,
      comesTrue(() => childrenOf(run.pid).length > 0, run),
    )
    expect(outcome).toBe('died')
    await expectNothingLeft(world, on, 'SIGKILL')
  })
})

function start(world: World, on: Testbed, labs: readonly string[] = LABS[on][0]): Promise<Run> {
  return world.handwave('run', ...labs, '--on', on)
}

const FOR_CLEAN = /^(?:temporary|tracefs instance) /
/** Its sockets go on taking leave of each other for a minute and a half, in namespaces that nobody can enter any more. */
const OUT_OF_REACH = new RegExp(`^${NAMELESS}`)

/** Who gets no chance to take anything away leaves no more than the next command can. */
async function expectNothingLeft(world: World, ofWhat: string, how: Signal | null, besides: readonly Run[] = []) {
  const mayStay = how === 'SIGKILL' ? [FOR_CLEAN, OUT_OF_REACH] : []
  expect({ ofWhat, left: await world.left({ besides, mayStay }) }).toEqual({ ofWhat, left: [] })
  if (how !== 'SIGKILL') return
  const cleaned = await (await world.handwave('clean')).ended
  expect({ ofWhat, ...cleaned }).toMatchObject({ ofWhat, exitCode: 0, stderr: '' })
  expect({ ofWhat, left: await world.left({ besides, mayStay: [OUT_OF_REACH] }) }).toEqual({ ofWhat, left: [] })
}

interface Outcome {
  /** It had ended before, it was told before it could listen, or it did as it was told. */
  readonly outcome: 'finished' | 'died' | 'obeyed' | 'something else'
  readonly tookMs: number
  readonly stderr: string
}

/** Tells a run to end once that moment has come, if it is still there then. */
async function tell(how: Signal, run: Run, moment: Promise<unknown>): Promise<Outcome> {
  const isOver = await Promise.race([moment.then(() => false), run.ended.then(() => true)])
  // Its number is another's once it has ended.
  if (!isOver) killIfThere(run.pid, how)
  const toldMs = performance.now()
  const ended = await run.ended
  return { outcome: outcomeOf(ended, how), tookMs: performance.now() - toldMs, stderr: ended.stderr }
}

/** It may have ended a moment ago, and nobody has heard yet. */
function killIfThere(pid: number, how: Signal): void {
  try {
    process.kill(pid, how)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function outcomeOf({ exitCode, signal, stdout }: Ended, how: Signal): Outcome['outcome'] {
  if (exitCode === 0 && /^\d+ passed$/m.test(stdout)) return 'finished'
  if (signal === how) return 'died'
  return exitCode === 130 && how !== 'SIGKILL' ? 'obeyed' : 'something else'
}

function expectObeyed({ outcome, tookMs }: Outcome, ofWhat: string): void {
  expect(outcome, ofWhat).not.toBe('something else')
  expect(tookMs, ofWhat).toBeLessThan(PROMPT_MS)
}

async function lengthOf(run: Run): Promise<number> {
  const began = performance.now()
  const ended = await run.ended
  if (outcomeOf(ended, 'SIGKILL') !== 'finished') throw new Error(`Nobody ended it: ${JSON.stringify(ended)}`)
  return performance.now() - began
}

/** A moment that no clock hits: looks all the time. */
async function comesTrue(isSo: () => boolean, run: Run): Promise<void> {
  const over = run.ended.then(() => true)
  while (!isSo()) if (await Promise.race([nextTurn(false), over])) return
}

const OTHERS_REPEATS = 3

/** A harness that runs labs all the time, on one testbed and then on the other. */
class KeptAtWork implements AsyncDisposable {
  /** The one that is at work. */
  readonly runs: Run[] = []
  readonly #results: { exitCode: number | undefined; stderr: string; passed: number }[] = []
  readonly #working: Promise<void>
  #isEnough = false

  constructor(world: World) {
    this.#working = this.#work(world)
    this.#working.catch(() => {})
  }

  /** Waits for what it is at. */
  async results() {
    this.#isEnough = true
    await this.#working
    return this.#results
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.results()
  }

  async #work(world: World): Promise<void> {
    for (let n = 0; !this.#isEnough; n++) {
      const on = TESTBEDS[n % TESTBEDS.length] ?? 'netns'
      const run = await world.handwave('run', 'lost-syn/once', '--on', on, '--repeat', `${OTHERS_REPEATS}`, '--json')
      this.runs.splice(0, 1, run)
      const { exitCode, stdout, stderr } = await run.ended
      const { labs } = JSON.parse(stdout || '{"labs":[]}') as RunDocument
      this.#results.push({ exitCode, stderr, passed: labs.filter(({ verdict }) => verdict === 'pass').length })
    }
  }
}

/** Numbers from 0 to 1, by Marsaglia's xorshift. */
function randomFrom(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
