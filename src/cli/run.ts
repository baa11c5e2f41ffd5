import { findLab, loadWanted, type Wanted } from '../lab/catalogue.ts'
import { settleDepends } from '../lab/judge.ts'
import { resolveOwnName } from '../lab/load.ts'
import type { LabName, LabsRun, OutsideOptions, TimedResult } from '../lab/outside.ts'
import { undecided } from '../lab/result.ts'
import { openLog } from '../report/log.ts'
import { toRunDocument } from '../report/run-document.ts'
import { describeResult, describeSummary } from '../report/terminal.ts'
import { CaptureFolder } from './capture-folder.ts'
import { chooseTestbed } from './choose-testbed.ts'
import { printCommands } from './dry-run.ts'
import { Interrupted, interruptSignal } from './interrupt.ts'
import { gathered, runJobs, sharesOf } from './jobs.ts'
import { untilEnter } from './keep.ts'
import { leaveRecords, type RanCase } from './leave-records.ts'
import { Live } from './live.ts'
import { sourceOf } from './record-shelf.ts'
import { isAsWritten, jobsOn, readRunArguments, requirePossible, type RunArguments } from './run-arguments.ts'
import { statusOf } from './status.ts'
import { TESTBEDS } from './testbeds.ts'

export const usage = `handwave run [labs|files] [--on kernel|netns|docker] [--repeat n] [--jobs n] [--json] …

Runs labs and shows what happened. A lab is a name from 'handwave list', one of its
cases (time-wait/one), or a file (./my.lab.ts). Without any: all that come with handwave.

  --all         every lab that comes with handwave
  --on kernel   the testbed: hosts in the lab kernel, in virtual time
  --on netns    hosts on this machine's own kernel, in real time (root)
  --on docker   hosts as containers of the engine that DOCKER_HOST or Docker's socket leads to
  --trace       on docker: one more container reads the kernel's trace; without it
                states are known from the hosts' socket tables
  --repeat n    everything n times, each on a kernel booted afresh
  --jobs n      so many kernels at once, each with a share of the labs (1; with --all, one
                a processor)
  --delay t     every link's delay in each direction: 20ms
  --loss p      segments lost by chance in each direction: 10%
  --seed n      another chance; the same one loses the same segments (1)
  --keep        keep the last lab's hosts to look at, until Enter (not on kernel)
  --dry-run     print the commands that set up the hosts, and run nothing
  --watchdog t  how long on the wall's clock a runner may say nothing (60s)
  --json        one JSON document on standard output (handwave/run@1)
  --pcap dir    the packets of every case as a file for Wireshark: dir/time-wait-one.pcapng,
                when it is run again -2 and so on; with each packet what it set off

Exit status: 0 all passed, 1 one failed, 2 bad usage or a bad file, 3 the machine lacks
something or a run was inconclusive, 4 handwave itself broke, 130 interrupted.
`

export async function run(args: readonly string[]): Promise<number> {
  const options = readRunArguments(args)
  resolveOwnName()
  const labs = checkWhileBooting(options.asked.map(findLab))
  if (options.dryRun) return await printCommands(labs.wanted, options.changes)
  const captures = options.pcap === undefined ? null : new CaptureFolder(options.pcap)
  const signal = AbortSignal.any([interruptSignal(), labs.areBad, ...(captures ? [captures.isBroken] : [])])
  const kind = options.on ?? (await chooseTestbed(signal))
  requirePossible(kind, options)
  const testbed = TESTBEDS[kind]
  const runOn = await testbed.prepare(signal, { trace: options.trace })
  // One kernel takes its labs as they are named; several divide them by their cases.
  const jobs = jobsOn(kind, options)
  const wanted = jobs === 1 ? labs.wanted : await labs.cases()
  const shares = sharesOf(wanted, jobs)
  const tasks = Array.from({ length: options.repeat }, () => shares).flat()
  using live = new Live()
  const told = tellers(options, live, captures, signal)
  const { changes, watchdogMs } = options
  const runs = await runJobs(tasks, jobs, (share, processor, index) => {
    const keep = options.keep && index === tasks.length - 1
    return runOn(
      { kind, wanted: share, changes, packets: captures !== null, keep, live: live.isLive },
      { ...told, watchdogMs, signal, processor },
    ).catch(error => notBegun(error, signal))
  })
  const cases = await casesByTask(tasks, labs)
  // The last file of all may be the one that could not be written.
  const error: Error | null = signal.aborted ? signal.reason : (runs.find(run => run?.error)?.error ?? null)
  if (error !== null && runs.every(run => (run?.results.length ?? 0) === 0)) throw error
  if (isAsWritten(changes)) leaveRecords(kind, ranCases(runs, cases))
  const results = inOrder(runs, cases, shares.length)
  if (options.json) {
    const { kernel, boot } = runs.findLast(run => run?.kernel) ?? { kernel: '', boot: '' }
    process.stdout.write(`${JSON.stringify(toRunDocument({ kind, kernel, time: testbed.time, boot }, results))}\n`)
  } else if (!(error instanceof Interrupted)) process.stdout.write(`\n${describeSummary(results, process.stdout)}`)
  // It is told last, and its kind is the exit status.
  if (error !== null) throw error
  return statusOf(results)
}

/** Who is interrupted while waiting for a turn has no results; the others' are told all the same. */
function notBegun(error: unknown, { aborted, reason }: AbortSignal): LabsRun {
  if (!aborted) throw error
  return { kernel: '', boot: '', results: [], error: reason }
}

interface CheckedLabs {
  readonly wanted: readonly Wanted[]
  /** Each case by itself. */
  cases(): Promise<readonly CheckedCase[]>
  readonly areBad: AbortSignal
}

interface CheckedCase extends Wanted, LabName {
  readonly title: string
  /** Which version of the file it is of. */
  readonly source: string
}

/** A lab that does not load is the user's to mend, and told at once; meanwhile the kernel boots as if it did. */
function checkWhileBooting(wanted: readonly Wanted[]): CheckedLabs {
  const bad = new AbortController()
  const loading = Promise.all(
    wanted.map(async ({ file, case: name }) => {
      const cases = await loadWanted({ file, case: name })
      const source = sourceOf(file)
      return cases.map(({ id, name, spec }) => ({ file, id, case: name, title: spec.title, source }))
    }),
  )
  loading.catch((error: unknown) => bad.abort(error))
  return { wanted, areBad: bad.signal, cases: async () => (await loading).flat() }
}

/** The cases of each task, in the order in which it has their results. */
async function casesByTask(tasks: readonly (readonly Wanted[])[], labs: CheckedLabs): Promise<CheckedCase[][]> {
  // A lab that was named twice is there once.
  const cases = [...new Map((await labs.cases()).map(one => [`${one.file}/${one.case}`, one])).values()]
  return tasks.map(task =>
    task.flatMap(({ file, case: name }) =>
      cases.filter(one => one.file === file && (name === null || name === one.case)),
    ),
  )
}

function ranCases(runs: readonly (LabsRun | null)[], cases: readonly (readonly CheckedCase[])[]): RanCase[] {
  return runs.flatMap((run, index) =>
    (run?.results ?? []).flatMap((result, place) => {
      const ran = cases[index]?.[place]
      return ran ? [{ file: ran.file, source: ran.source, kernel: run?.kernel ?? '', result }] : []
    }),
  )
}

/** All results of one round after the other, each settled by itself. Rounds that were not begun have none. */
function inOrder(
  runs: readonly (LabsRun | null)[],
  cases: readonly (readonly CheckedCase[])[],
  perRound: number,
): TimedResult[] {
  const rounds = Array.from({ length: runs.length / perRound }, (_, round) => round * perRound)
  return rounds.flatMap(first => {
    const own = runs.slice(first, first + perRound)
    if (own.every(run => run === null)) return []
    return settleDepends(gathered(own.map((run, share) => withThoseNotRun(run, cases[first + share] ?? []))))
  })
}

/** When a runner ends before its time, the lab that it was at and those that it did not come to have results as well. */
function withThoseNotRun(run: LabsRun | null, cases: readonly CheckedCase[]): TimedResult[] {
  const { results = [], boot = '', error = null } = run ?? {}
  const notRun = cases.slice(results.length).map(({ id, case: name, title }, index) => {
    const reason = index === 0 && error !== null ? error.message : 'It was not run: the run had ended before.'
    return { ...undecided(id, name, title, reason), wallMs: 0, boot }
  })
  return [...results, ...notRun]
}

type Tellers = Pick<OutsideOptions, 'onStarted' | 'onWait' | 'onPlan' | 'onProgress' | 'onSaid' | 'onResult' | 'onKept'>

/** What is told while labs run: on a terminal what they are at, results as they come, and the rest to the log. */
function tellers({ json }: RunArguments, live: Live, captures: CaptureFolder | null, signal: AbortSignal): Tellers {
  const logging = openLog()
  const nameOf = ({ id, case: name }: LabName) => (name === null ? id : `${id}/${name}`)
  return {
    onStarted(lab) {
      captures?.labBegins(nameOf(lab))
      live.started(nameOf(lab))
      if (!live.isLive) void logging.then(({ log }) => log.info(lab, 'running'))
    },
    onPlan(lines) {
      live.clear()
      process.stderr.write(`${lines.join('\n')}\n`)
    },
    onProgress: (lab, progress) => live.progressed(nameOf(lab), progress),
    onWait(lab, sentence) {
      live.waits(nameOf(lab), sentence)
      if (!live.isLive) void logging.then(({ log }) => log.info(lab, sentence))
    },
    onSaid(said) {
      live.clear()
      void logging.then(({ log }) => log.warn({ said }, 'the runner has something to say'))
    },
    onResult(result) {
      live.finished(nameOf(result))
      captures?.write(result, nameOf(result))
      if (!json) process.stdout.write(describeResult(result, process.stdout))
    },
    onKept: hosts => untilEnter(hosts, signal),
  }
}
