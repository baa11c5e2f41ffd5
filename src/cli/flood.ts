import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { limitsOf } from '../host/flood-limits.ts'
import { PINNED_SYSCTLS } from '../host/sysctls.ts'
import { parseDuration } from '../lab/duration.ts'
import { PORT } from '../lab/faults.ts'
import { type FloodRequest, hostsOf, specOf } from '../lab/flood-by-hand.ts'
import type { FloodSample } from '../lab/flood-lines.ts'
import { floodOnNetns } from '../lab/flood-on-netns.ts'
import { floodPlan, WHERE } from '../lab/flood-plan.ts'
import { describeSample, plotSamples } from '../report/flood.ts'
import { ListenQueue } from '../tcp/listen-queue.ts'
import { planCommands } from '../testbed/netns/netns.ts'
import { interruptSignal } from './interrupt.ts'
import { requireRoot } from './require-root.ts'
import { readNumber } from './run-arguments.ts'
import { StatusBlock } from './status-block.ts'
import { TESTBEDS } from './testbeds.ts'

export const usage = `handwave flood [--backlog n] [--cookies 0|1|2] [--rate n] [--count n] [--for t]

Floods a server with SYNs from invented addresses, between hosts on this machine's own kernel
that no way leads out of, and shows what becomes of its queue and of an honest client that
calls again and again. It takes root.

  --backlog n   what the server says to listen(2): 1 to 4096 (128)
  --cookies n   tcp_syncookies: 0 never, 1 when the queue is full, 2 always (1)
  --rate n      SYNs a second: 1 to 1000000 (1000)
  --count n     how many: up to 2000000 (half of the time's)
  --for t       how long it is watched, the flood included, up to 60s (20s)
  --dry-run     print the plan (who, to whom, how many, how fast, for how long, where), and send nothing

Exit status: 0 it is over, 2 bad usage, 3 the machine lacks something, 4 handwave itself broke,
130 interrupted.
`

export async function run(args: readonly string[]): Promise<number> {
  const { request, dryRun } = readArguments(args)
  if (dryRun) {
    const { hosts } = planCommands(hostsOf(request), { tag: 'hw0', number: 0 })
    process.stdout.write(`${floodPlan(specOf(request), hosts, PORT, WHERE.netns).join('\n')}\n`)
    return 0
  }
  requireRoot()
  const signal = interruptSignal()
  await TESTBEDS.netns.prepare(signal, { trace: false })
  using view = new View(request)
  await floodOnNetns(request, {
    signal,
    onPlan: lines => process.stdout.write(`${lines.join('\n')}\n\n`),
    onSample: sample => view.show(sample),
  })
  return 0
}

/** On a terminal plots that are refreshed in place; elsewhere a line a second. */
class View implements Disposable {
  readonly #block = new StatusBlock(process.stdout)
  readonly #queue: number
  readonly #samples: FloodSample[] = []
  #told = Number.NEGATIVE_INFINITY

  constructor({ backlog, syncookies, segments }: FloodRequest) {
    const maxSynBacklog = Number(PINNED_SYSCTLS['net.ipv4.tcp_max_syn_backlog'])
    this.#queue = Math.max(1, new ListenQueue({ backlog, syncookies, maxSynBacklog }).syns(segments).held)
  }

  show(sample: FloodSample): void {
    this.#samples.push(sample)
    if (this.#block.isLive) this.#block.draw(plotSamples(this.#samples, this.#queue, this.#block.width))
    else if (sample.tMs - this.#told >= LINE_MS) {
      this.#told = sample.tMs
      process.stdout.write(`${describeSample(sample)}\n`)
    }
  }

  /** What was seen last stays. */
  [Symbol.dispose](): void {
    const last = this.#samples.at(-1)
    if (last && !this.#block.isLive) process.stdout.write(`${describeSample(last)}\n`)
  }
}

const LINE_MS = 1000

function readArguments(args: readonly string[]): { request: FloodRequest; dryRun: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backlog: { type: 'string', default: '128' },
      cookies: { type: 'string', default: '1' },
      rate: { type: 'string', default: '1000' },
      count: { type: 'string' },
      for: { type: 'string', default: '20s' },
      'dry-run': { type: 'boolean', default: false },
    },
  })
  const limits = limitsOf({ bridge: '' })
  const forMs = parseDuration(values.for)
  if (forMs < 1000 || forMs > limits.ms)
    throw new UsageError('FOR', `--for takes from 1s to ${limits.ms / 1000}s, not '${values.for}'.`)
  const perSecond = readNumber('rate', values.rate, 1, limits.perSecond)
  const halfOfIt = Math.min(limits.segments, Math.max(1, Math.floor((perSecond * forMs) / 2000)))
  const segments = values.count === undefined ? halfOfIt : readNumber('count', values.count, 1, limits.segments)
  if ((segments / perSecond) * 1000 > forMs) {
    const hint = `At ${perSecond} a second: --count ${Math.floor((perSecond * forMs) / 1000)} at most.`
    throw new UsageError('COUNT', `${segments} SYNs at ${perSecond} a second take longer than ${values.for}.`, { hint })
  }
  const request: FloodRequest = {
    backlog: readNumber('backlog', values.backlog, 1, 4096),
    syncookies: readNumber('cookies', values.cookies, 0, 2) as FloodRequest['syncookies'],
    segments,
    perSecond,
    forMs,
  }
  return { request, dryRun: values['dry-run'] }
}
