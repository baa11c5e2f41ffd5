import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { findLab, labNames, loadWanted, type Wanted } from '../lab/catalogue.ts'
import { parseDuration } from '../lab/duration.ts'
import { settleDepends } from '../lab/judge.ts'
import { resolveOwnName } from '../lab/load.ts'
import { type KernelRunOptions, runOnKernel, type TimedResult } from '../lab/on-kernel.ts'
import { openLog } from '../report/log.ts'
import { toRunDocument } from '../report/run-document.ts'
import { describeResult, describeSummary } from '../report/terminal.ts'
import { compileCacheFolder } from '../testbed/kernel/cache.ts'
import { findMissing, HOST_NEEDS, missingError } from '../testbed/needs.ts'
import { interruptSignal } from './interrupt.ts'
import { ensureKernelShown } from './kernel-progress.ts'

export const usage = `handwave run [labs|files] [--on kernel] [--repeat n] [--json] [--watchdog t]

Runs labs and shows what happened. A lab is a name from 'handwave list', one of its
cases (time-wait/one), or a file (./my.lab.ts). Without any: all that come with handwave.

  --on kernel   the testbed: hosts in the lab kernel, in virtual time
  --repeat n    everything n times, each on a kernel booted afresh
  --watchdog t  how long on the wall's clock the lab kernel may say nothing (60s)
  --json        one JSON document on standard output (handwave/run@1)

Exit status: 0 all passed, 1 one failed, 2 bad usage or a bad file, 3 the machine lacks
something or a run was inconclusive, 4 handwave itself broke, 130 interrupted.
`

export async function run(args: readonly string[]): Promise<number> {
  const options = readArguments(args)
  resolveOwnName()
  const labs = checkWhileBooting(options.asked.map(findLab))
  const signal = AbortSignal.any([interruptSignal(), labs.areBad])
  await requireHostNeeds()
  const kernel = await ensureKernelShown(signal)
  const results: TimedResult[] = []
  for (let time = 0; time < options.repeat; time++) {
    const oneRun = await runOnKernel({
      kernel: kernel.path,
      wanted: labs.wanted,
      compileCache: compileCacheFolder(),
      watchdogMs: options.watchdogMs,
      signal,
      ...tellers(options.json),
    })
    results.push(...settleDepends(oneRun.results))
  }
  if (options.json) {
    const testbed = {
      kind: 'kernel',
      kernel: kernel.version,
      time: 'virtual',
      boot: results.at(-1)?.boot ?? '',
    } as const
    process.stdout.write(`${JSON.stringify(toRunDocument(testbed, results))}\n`)
  } else process.stdout.write(`\n${describeSummary(results, process.stdout)}`)
  return statusOf(results)
}

interface RunArguments {
  readonly asked: readonly string[]
  readonly repeat: number
  readonly watchdogMs: number
  readonly json: boolean
}

function readArguments(args: readonly string[]): RunArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      on: { type: 'string', default: 'kernel' },
      repeat: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      watchdog: { type: 'string', default: '60s' },
    },
  })
  if (values.on !== 'kernel') {
    throw new UsageError('NO_SUCH_TESTBED', `There is no testbed '${values.on}'.`, { hint: 'There is: kernel.' })
  }
  return {
    asked: positionals.length > 0 ? positionals : labNames(),
    repeat: readCount(values.repeat),
    watchdogMs: parseDuration(values.watchdog),
    json: values.json,
  }
}

/** A lab that does not load is the user's to mend, and told at once; meanwhile the kernel boots as if it did. */
function checkWhileBooting(wanted: readonly Wanted[]): { wanted: readonly Wanted[]; areBad: AbortSignal } {
  const bad = new AbortController()
  Promise.all(wanted.map(loadWanted)).catch((error: unknown) => bad.abort(error))
  return { wanted, areBad: bad.signal }
}

/** What is told while labs run: results as they come, and the rest to the log, which loads meanwhile. */
function tellers(json: boolean): Pick<KernelRunOptions, 'onStarted' | 'onSaid' | 'onResult'> {
  const logging = openLog()
  return {
    onStarted: started => void logging.then(({ log }) => log.info(started, 'running')),
    onSaid: said => void logging.then(({ log }) => log.warn({ said }, 'the lab kernel has something to say')),
    onResult: result => {
      if (!json) process.stdout.write(describeResult(result, process.stdout))
    },
  }
}

async function requireHostNeeds(): Promise<void> {
  const missing = await findMissing(HOST_NEEDS, process.env)
  if (missing.length > 0) throw missingError('Running labs', missing)
}

function statusOf(results: readonly TimedResult[]): number {
  if (results.some(({ verdict }) => verdict === 'fail')) return 1
  return results.some(({ verdict }) => verdict === 'inconclusive') ? 3 : 0
}

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count
  throw new UsageError('REPEAT', `--repeat takes a whole number from 1 to 1000, not '${text}'.`)
}
