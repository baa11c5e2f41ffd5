import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { HandwaveError } from '../errors.ts'
import { SPOKEN_TO_US } from '../testbed/kernel/boot.ts'
import { openNetns } from '../testbed/netns/netns.ts'
import { loadWanted, type Wanted } from './catalogue.ts'
import { resolveOwnName } from './load.ts'
import type { RelayLine } from './relay.ts'
import type { LabCase } from './lab.ts'
import { runCase } from './run-case.ts'

/** The runner's own life inside the lab kernel: one lab after the other, each on hosts that did not exist before. */
export async function runInside(wanted: readonly Wanted[]): Promise<void> {
  resolveOwnName()
  tell({ relay: 'booted', kernel: readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim(), boot: bootId() })
  try {
    const cases = (await Promise.all(wanted.map(loadWanted))).flat()
    for (const [index, labCase] of cases.entries()) await runOne(labCase, index, index === cases.length - 1)
  } catch (error) {
    tell(describe(error))
  }
}

async function runOne(labCase: LabCase, number: number, isLast: boolean): Promise<void> {
  tell({ relay: 'started', id: labCase.id, case: labCase.name, title: labCase.spec.title })
  await runCase(
    labCase,
    (request, onEvent) => openNetns(request, { kind: 'kernel', tag: `hw${number}`, number, onEvent }),
    result => {
      tell({ relay: 'result', result })
      // The last hosts go with their kernel: nobody need wait until they are taken away.
      if (!isLast) return
      flushCompileCache()
      tell({ relay: 'done' })
    },
  )
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
}

function tell(line: RelayLine): void {
  process.stdout.write(`${SPOKEN_TO_US}${JSON.stringify(line)}\n`)
}

function describe(thrown: unknown): RelayLine {
  const error = firstOf(thrown)
  if (error instanceof HandwaveError) {
    const { name, code, message, hint, stack } = error
    return { relay: 'error', name, code, message, hint, stack }
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  return { relay: 'error', name, code: 'CRASH', message, stack }
}

/** When taking hosts away fails as well, what went wrong first is the cause. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}
