import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { toPlainError } from '../errors.ts'
import { openClaimed } from '../testbed/netns/claimed.ts'
import { openNetns } from '../testbed/netns/netns.ts'
import { fromProc } from '../tcp/states.ts'
import { SPOKEN_TO_US } from '../testbed/runner.ts'
import type { Testbed, TestbedHost } from '../testbed/testbed.ts'
import { loadWanted } from './catalogue.ts'
import type { InsideRequest } from './inside-request.ts'
import { resolveOwnName } from './load.ts'
import type { KeptHost, RelayLine } from './relay.ts'
import type { LabCase } from './lab.ts'
import { isOver } from '../host/until-over.ts'
import { type OpenTestbed, runCase } from './run-case.ts'
import { isPlayAtWork, whosePlay } from './whose-play.ts'

/** The runner's own life: one lab after the other, each on hosts that did not exist before. */
export async function runInside(request: InsideRequest, signal: AbortSignal): Promise<void> {
  resolveOwnName()
  process.on('unhandledRejection', reason => {
    const whose = whosePlay()
    if (whose === 'an earlier play' || (whose === 'unknown' && !isPlayAtWork())) tellOfWhatCameLate(reason)
  })
  process.on('uncaughtException', reason => {
    const whose = whosePlay()
    if (whose === 'unknown') crash(reason)
    if (whose === 'an earlier play') tellOfWhatCameLate(reason)
  })
  // In virtual time silence is short: a beat would only keep the clock from jumping.
  const beat = request.kind === 'kernel' ? undefined : setInterval(() => tell({ relay: 'alive' }), BEAT_MS)
  try {
    tell({ relay: 'booted', ...(await kernelOf(request)) })
    const cases = (await Promise.all(request.wanted.map(loadWanted))).flat()
    for (const [index, labCase] of cases.entries()) {
      signal.throwIfAborted()
      await runOne(labCase, index, index === cases.length - 1, request, signal)
    }
    tell({ relay: 'done' })
  } catch (error) {
    if (!signal.aborted) tell({ relay: 'error', ...toPlainError(error) })
  } finally {
    clearInterval(beat)
  }
}

const BEAT_MS = 5000

/** While a play is at work what it forgets to wait for ends its lab; when that is over it harms nobody. */
function tellOfWhatCameLate(reason: unknown): void {
  if (isOver(reason)) return
  process.stderr.write(`Something of a play failed when its lab was over: ${toPlainError(reason).message}\n`)
}

/** As Node does. */
function crash(reason: unknown): never {
  process.stderr.write(`${reason instanceof Error ? reason.stack : String(reason)}\n`)
  process.exit(1)
}

async function runOne(
  labCase: LabCase,
  number: number,
  isLast: boolean,
  request: InsideRequest,
  signal: AbortSignal,
): Promise<void> {
  tell({ relay: 'started', id: labCase.id, case: labCase.name, title: labCase.spec.title })
  await runCase(labCase, opening(request, number), {
    signal,
    time: request.kind === 'kernel' ? 'virtual' : 'real',
    onOpened: () => tell({ relay: 'opened' }),
    changes: request.changes,
    packets: request.packets,
    onProgress: request.live ? progress => tell({ relay: 'progress', ...progress }) : null,
    onWait: sentence => tell({ relay: 'waits', sentence }),
    onPlan: lines => tell({ relay: 'plan', lines }),
    keep: request.keep && isLast ? hosts => keep(hosts, signal) : null,
    tell: result => {
      tell({ relay: 'result', result })
      // The last hosts go with their kernel: nobody need wait until they are taken away.
      if (!isLast || request.kind !== 'kernel') return
      flushCompileCache()
      tell({ relay: 'done' })
    },
  })
}

/** Says how to look at the hosts, and stays until it is asked to end. */
async function keep({ wire, endpoints }: Testbed, signal: AbortSignal): Promise<void> {
  let told: string | undefined
  while (!signal.aborted) {
    const hosts = await Promise.all([...endpoints, wire].map(keptHost))
    if (JSON.stringify(hosts) !== told) tell({ relay: 'kept', hosts })
    told = JSON.stringify(hosts)
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

const LOOK_MS = 200

async function keptHost({ place, namespacePath, container, agent }: TestbedHost): Promise<KeptHost> {
  const { name, address } = place
  const sockets = (await agent.socketTable()).flatMap(({ local, remote, state: code }) => {
    const state = fromProc(code)
    return state === undefined ? [] : [{ local, remote, state }]
  })
  const within = container ? `docker exec ${container.name}` : `nsenter --net=${namespacePath}`
  return { name, address, command: `${within} ss -tan`, sockets }
}

function opening({ kind, docker }: InsideRequest, number: number): OpenTestbed {
  // This kernel is ours alone, from the first segment to the last.
  if (kind === 'kernel') return (request, onEvent) => openNetns(request, { kind, tag: `hw${number}`, number, onEvent })
  if (docker === null) return openClaimed
  return async (request, onEvent) => {
    // What speaks to an engine is loaded only where there is one.
    const { openDocker } = await import('../testbed/docker/docker.ts')
    return await openDocker(request, { ...docker, onEvent })
  }
}

/** The kernel on which the hosts are, and which start of it this is. */
async function kernelOf({ docker }: InsideRequest): Promise<{ kernel: string; boot: string }> {
  if (docker !== null) {
    const { findEngine } = await import('../testbed/docker/engine.ts')
    const { KernelVersion, ID } = await (await findEngine()).container.dockerode.info()
    return { kernel: KernelVersion, boot: ID }
  }
  const read = (file: string) => readFileSync(`/proc/sys/kernel/${file}`, 'latin1').trim()
  return { kernel: read('osrelease'), boot: read('random/boot_id') }
}

function tell(line: RelayLine): void {
  process.stdout.write(`${SPOKEN_TO_US}${JSON.stringify(line)}\n`)
}
