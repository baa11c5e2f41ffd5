import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { labNames } from '../lab/catalogue.ts'
import { parseDuration } from '../lab/duration.ts'
import type { InsideRequest, LinkChanges } from '../lab/inside-request.ts'

export interface RunArguments {
  readonly asked: readonly string[]
  /** Null where nobody says it. */
  readonly on: InsideRequest['kind'] | null
  readonly repeat: number
  readonly all: boolean
  /** Null where nobody says it. */
  readonly jobs: number | null
  readonly changes: LinkChanges
  readonly keep: boolean
  readonly trace: boolean
  readonly dryRun: boolean
  readonly watchdogMs: number
  readonly json: boolean
  readonly pcap: string | undefined
}

export function readRunArguments(args: readonly string[]): RunArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      on: { type: 'string' },
      repeat: { type: 'string', default: '1' },
      jobs: { type: 'string' },
      delay: { type: 'string' },
      loss: { type: 'string' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      pcap: { type: 'string' },
      watchdog: { type: 'string', default: '60s' },
    },
  })
  const jobs = values.jobs === undefined ? null : readCount('jobs', values.jobs)
  if (values.all && positionals.length > 0) {
    throw new UsageError('ALL', `--all runs every lab there is, and ${positionals.join(', ')} is named besides.`, {
      hint: 'Name labs, or say --all.',
    })
  }
  return {
    asked: positionals.length > 0 ? positionals : labNames(),
    on: values.on === undefined ? impliedTestbed(values.trace, jobs) : readTestbed(values.on),
    repeat: readCount('repeat', values.repeat),
    all: values.all,
    jobs,
    changes: readChanges(values),
    keep: values.keep,
    trace: values.trace,
    dryRun: values['dry-run'],
    watchdogMs: parseDuration(values.watchdog),
    json: values.json,
    pcap: values.pcap,
  }
}

/** Some wishes only one testbed can fulfil. */
function impliedTestbed(trace: boolean, jobs: number | null): InsideRequest['kind'] | null {
  if (trace) return 'docker'
  return jobs !== null && jobs > 1 ? 'kernel' : null
}

/** How many kernels at once: who wants every lab there is wants all processors, up to as many as have enough to do. */
export function jobsOn(on: InsideRequest['kind'], { all, jobs }: Pick<RunArguments, 'all' | 'jobs'>): number {
  if (jobs !== null) return jobs
  return all && on === 'kernel' ? Math.min(availableParallelism(), MOST_KERNELS) : 1
}

const MOST_KERNELS = 8

/** What a testbed cannot do is told before anything is begun. */
export function requirePossible(on: InsideRequest['kind'], { keep, trace, jobs }: RunArguments): void {
  if (keep && on === 'kernel') {
    throw new UsageError('KEEP', "--keep cannot keep the lab kernel's hosts: they go with their kernel.", {
      hint: 'Keep them on this machine: --on netns --keep',
    })
  }
  if (trace && on !== 'docker') {
    throw new UsageError('TRACE', '--trace is for containers: on every other testbed the trace is always read.', {
      hint: '--on docker --trace',
    })
  }
  if (on === 'docker' && jobs !== null && jobs > 1) {
    throw new UsageError('JOBS', "An engine has one network with the labs' addresses: --jobs is for the lab kernel.", {
      hint: 'Leave --jobs out, or run it with --on kernel.',
    })
  }
}

/** Whether labs run on the links that they ask for: on others they may find something else. */
export function isAsWritten({ link, loss }: LinkChanges): boolean {
  return Object.keys(link).length === 0 && loss === null
}

function readChanges({ delay, loss, seed }: { delay?: string; loss?: string; seed: string }): LinkChanges {
  if (delay !== undefined) parseDuration(delay)
  const number = readSeed(seed)
  return {
    link: delay === undefined ? {} : { delay },
    loss: loss === undefined ? null : { percent: readPercent(loss), seed: number },
  }
}

function readPercent(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
  const percent = Number(number)
  if (percent >= 0 && percent <= 100) return percent
  throw new UsageError('LOSS', `--loss takes a share of segments, not '${text}'.`, { hint: '--loss 10%' })
}

function readSeed(text: string): number {
  const seed = Number(text)
  if (text !== '' && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed
  throw new UsageError('SEED', `--seed takes a whole number from 0 to ${2 ** 32 - 1}, not '${text}'.`)
}

export function readTestbed(name: string): InsideRequest['kind'] {
  if (name === 'kernel' || name === 'netns' || name === 'docker') return name
  throw new UsageError('NO_SUCH_TESTBED', `There is no testbed '${name}'.`, {
    hint: 'There are kernel, netns and docker.',
  })
}

export function readCount(option: string, text: string): number {
  return readNumber(option, text, 1, 1000)
}

export function readNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (text !== '' && Number.isInteger(number) && number >= least && number <= most) return number
  throw new UsageError(
    option.toUpperCase(),
    `--${option} takes a whole number from ${least} to ${most}, not '${text}'.`,
  )
}
