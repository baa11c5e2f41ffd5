import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { loadWanted } from '../lab/catalogue.ts'
import { parseDuration } from '../lab/duration.ts'
import type { OutsideOptions } from '../lab/outside.ts'
import { holderOf } from '../lab/reach.ts'
import type { KeptHost } from '../lab/relay.ts'
import { nearest } from '../ladder/nearest.ts'
import { openLog } from '../report/log.ts'
import { describeReached } from '../report/reached.ts'
import { describeResult } from '../report/terminal.ts'
import { fromAnySpelling, TCP_STATES, type TcpState, toLadder } from '../tcp/states.ts'
import { interruptSignal } from './interrupt.ts'
import { enterOr, whatEndsIt } from './keep.ts'
import { requireRoot } from './require-root.ts'
import { statusOf } from './status.ts'
import { TESTBEDS } from './testbeds.ts'

export const usage = `handwave reach <STATE> [--for 10s]

Brings a connection between two hosts on this machine's own kernel into a state of TCP, by
the shortest way, holds it there until Enter, and says how to look at it from inside its host.
It takes root. The states, as the RFC, Linux or ss spell them:

  CLOSED LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2
  CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT

  --for t   so long, up to 3h; TIME-WAIT lasts a minute, whoever waits

Exit status: 0 it was reached and held, 1 its kernel did something else, 2 bad usage,
3 the machine lacks something, 130 interrupted.
`

const LAB = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../lab/reach.ts' : '../lab/reach.js', import.meta.url),
)
/** tcp_syn_retries goes no further than 127, which takes nearly four hours. */
const LONGEST = '3h'
/** TCP_TIMEWAIT_LEN (include/net/tcp.h). */
const LONGEST_TIME_WAIT = '60s'

export async function run(args: readonly string[]): Promise<number> {
  const { state, forMs } = readArguments(args)
  requireRoot()
  const signal = interruptSignal()
  const [labCase] = await loadWanted({ file: LAB, case: state })
  const runOn = await TESTBEDS.netns.prepare(signal, { trace: false })
  const hold = new Hold(state, forMs, labCase?.spec.lesson ?? '', signal)
  const { error } = await runOn(
    {
      kind: 'netns',
      wanted: [{ file: LAB, case: state }],
      changes: { link: {}, loss: null },
      packets: false,
      keep: true,
      live: false,
    },
    { ...hold.told, watchdogMs: parseDuration('60s'), signal, processor: 0 },
  )
  if (error !== null) throw error
  return hold.status
}

/** From the state that was reached until it is to end, or does. */
class Hold {
  status = 4
  readonly told: Omit<OutsideOptions, 'runner' | 'watchdogMs' | 'signal'>
  readonly #state: TcpState
  readonly #forMs: number | null
  readonly #lesson: string
  readonly #signal: AbortSignal
  readonly #gone = new AbortController()

  constructor(state: TcpState, forMs: number | null, lesson: string, signal: AbortSignal) {
    this.#state = state
    this.#forMs = forMs
    this.#lesson = lesson
    this.#signal = signal
    this.told = {
      onStarted: () => {},
      onProgress: () => {},
      onSaid: said => void openLog().then(({ log }) => log.warn({ said }, 'the runner has something to say')),
      onResult: result => {
        this.status = statusOf([result])
        process.stdout.write(describeResult(result, process.stdout))
      },
      onKept: hosts => this.#untilItEnds(hosts),
      onSockets: hosts => {
        if (!this.#isReached(hosts)) this.#gone.abort()
      },
    }
  }

  async #untilItEnds(hosts: readonly KeptHost[]): Promise<void> {
    const host = this.#holder(hosts)
    if (this.status !== 0 || !host) return
    const { stdout, stderr } = process
    if (!this.#gone.signal.aborted) {
      stdout.write(`\n${describeReached(this.#state, host, this.#lesson, stdout)}`)
      const time = this.#forMs === null ? [] : [AbortSignal.timeout(this.#forMs)]
      stderr.write(
        `It is held until ${[...(time.length > 0 ? ['its time is over'] : []), whatEndsIt()].join(' or ')}.\n`,
      )
      await enterOr(AbortSignal.any([this.#signal, this.#gone.signal, ...time]))
    }
    if (!this.#gone.signal.aborted) return
    // Nothing else comes to its end by itself.
    if (this.#state !== 'TIME_WAIT') this.status = 1
    stdout.write(`${host.name}'s kernel has nothing in ${toLadder(this.#state)} any more.\n`)
  }

  #holder(hosts: readonly KeptHost[]): KeptHost | undefined {
    return hosts.find(({ name }) => name === holderOf(this.#state))
  }

  /** By the kernel's own table, whatever the picture says. */
  #isReached(hosts: readonly KeptHost[]): boolean {
    const { sockets = [] } = this.#holder(hosts) ?? {}
    return this.#state === 'CLOSED' ? sockets.length === 0 : sockets.some(({ state }) => state === this.#state)
  }
}

function readArguments(args: readonly string[]): { state: TcpState; forMs: number | null } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { for: { type: 'string' } },
  })
  const [name, ...others] = positionals
  const known = TCP_STATES.map(toLadder)
  const list = `There are ${known.join(', ')}.`
  if (name === undefined || others.length > 0)
    throw new UsageError('STATE', 'Which state? One at a time.', { hint: list })
  const state = fromAnySpelling(name)
  if (state === undefined) {
    const near = nearest(name, known)
    throw new UsageError('STATE', `TCP has no state '${name}'.`, {
      hint: near === null ? list : `Did you mean ${near}?`,
    })
  }
  return { state, forMs: values.for === undefined ? null : readLength(values.for, state) }
}

function readLength(text: string, state: TcpState): number {
  const ms = parseDuration(text)
  const longest = state === 'TIME_WAIT' ? LONGEST_TIME_WAIT : LONGEST
  if (ms <= parseDuration(longest)) return ms
  throw new UsageError(
    'FOR',
    `${toLadder(state)} cannot be held for ${text}: no setting of Linux makes it last longer than ${longest}.`,
    {
      hint: `--for ${longest}`,
    },
  )
}
