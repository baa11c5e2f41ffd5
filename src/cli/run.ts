import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { findLab, labNames, loadWanted } from '../lab/catalogue.ts'
import { parseDuration } from '../lab/duration.ts'
import { settleDepends } from '../lab/judge.ts'
import { resolveOwnName } from '../lab/load.ts'
import { runOnKernel, type TimedResult } from '../lab/on-kernel.ts'
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
  const repeat = readCount(values.repeat)
  const watchdogMs = parseDuration(values.watchdog)
  const signal = interruptSignal()
  resolveOwnName()
  const wanted = (positionals.length > 0 ? positionals : labNames()).map(findLab)
  // Before anything is booted: a lab that does not load is the user's to mend, and at once.
  for (const one of wanted) await loadWanted(one)
  await requireHostNeeds()
  const kernel = await ensureKernelShown(signal)
  // Loads while the kernel boots.
  const logging = openLog()
  const results: TimedResult[] = []
  let boot = ''
  for (let time = 0; time < repeat; time++) {
    const oneRun = await runOnKernel({
      kernel: kernel.path,
      wanted,
      compileCache: compileCacheFolder(),
      watchdogMs,
      signal,
      onStarted: started => void logging.then(({ log }) => log.info(started, 'running')),
      onSaid: said => void logging.then(({ log }) => log.warn({ said }, 'the lab kernel has something to say')),
      onResult: result => {
        if (!values.json) process.stdout.write(describeResult(result, process.stdout))
      },
    })
    boot = oneRun.boot
    results.push(...settleDepends(oneRun.results))
  }
  if (values.json) {
    const testbed = { kind: 'kernel', kernel: kernel.version, time: 'virtual', boot } as const
    process.stdout.write(`${JSON.stringify(toRunDocument(testbed, results))}\n`)
  } else process.stdout.write(`\n${describeSummary(results, process.stdout)}`)
  return statusOf(results)
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
