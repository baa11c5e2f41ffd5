import { closeSync, constants, existsSync, mkdirSync, openSync, readSync, rmdirSync, writeFileSync } from 'node:fs'
import { HandwaveError, MissingError } from '../errors.ts'
import { nowNs } from './agent-events.ts'
import { traceInstances } from './tracefs.ts'

/**
 * The kernel's own account of what it did, from tracefs: every state change of a socket, the timers that stand for the
 * states no socket has, and every packet that leaves or enters a host. One kernel has one buffer, so that the lines come
 * in the order in which things happened.
 */
export class KernelTrace implements Disposable {
  readonly marker: string
  readonly hasMarks = true
  /** How far it has been read, by the clock of its stamps. */
  untilNs = 0
  readonly #instance: string
  #pipe: number | null
  readonly #chunk = Buffer.alloc(65_536)
  #rest = ''

  constructor(name: string, devices: readonly string[], { swallowed = false } = {}) {
    this.#instance = `${traceInstances()}/${name}`
    this.marker = `${this.#instance}/trace_marker`
    try {
      mkdirSync(this.#instance)
    } catch (cause) {
      throw new MissingError('TRACEFS', `The kernel's tracer gives no instance ${this.#instance}.`, {
        hint: 'It needs root. If it is there already: handwave clean',
        cause,
      })
    }
    this.#set('buffer_size_kb', '4096')
    // The clock of process.hrtime, which the agents' stamps come from.
    this.#set('trace_clock', 'mono')
    // Addresses as they are: of an object and of a timer within it only these tell that they belong together.
    this.#set('options/hash-ptr', '0')
    for (const [event, filter] of Object.entries({ ...eventsOf(devices), ...(swallowed ? SWALLOWED : {}) })) {
      if (NEWER.includes(event) && !existsSync(`${this.#instance}/events/${event}`)) continue
      if (filter) this.#set(`events/${event}/filter`, filter)
      this.#set(`events/${event}/enable`, '1')
    }
    this.#pipe = openSync(`${this.#instance}/trace_pipe`, constants.O_RDONLY | constants.O_NONBLOCK)
  }

  /** All whole lines since the last time. Never waits. */
  read(): string[] {
    // A descriptor's number is soon another file's.
    if (this.#pipe === null) throw new HandwaveError('TRACE_CLOSED', 'The trace was read after its end.')
    this.untilNs = nowNs()
    for (;;) {
      const length = this.#readChunk(this.#pipe)
      if (length === 0) break
      this.#rest += this.#chunk.toString('latin1', 0, length)
    }
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop() ?? ''
    return lines
  }

  /** What has happened can be read at once. */
  async catchUp(): Promise<void> {}

  [Symbol.dispose](): void {
    if (this.#pipe !== null) closeSync(this.#pipe)
    this.#pipe = null
    rmdirSync(this.#instance)
  }

  #readChunk(pipe: number): number {
    try {
      return readSync(pipe, this.#chunk)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
      throw error
    }
  }

  #set(file: string, value: string): void {
    try {
      writeFileSync(`${this.#instance}/${file}`, value)
    } catch (cause) {
      throw new MissingError('TRACEPOINT', `The kernel's tracer does not take ${file} = ${value}.`, {
        hint: 'handwave needs the tracepoints of sock, net, skb and timer, and filters by function (Linux 6.4 or newer).',
        cause,
      })
    }
  }
}

function eventsOf(devices: readonly string[]): Record<string, string> {
  const ours = devices.map(device => `name == "${device}"`).join(' || ')
  return {
    // Of either family: a socket of IPv6 may speak IPv4.
    'sock/inet_sock_set_state': 'protocol == 6',
    'timer/timer_start': functions(STATE_TIMERS),
    'timer/timer_expire_entry': functions([...STATE_TIMERS, ...ACTING_TIMERS]),
    // Not net_dev_queue: that sees several segments in one, before they are cut to the device's size.
    'net/net_dev_start_xmit': ours,
    // Others' too: what a processor does next is not our packet's doing.
    'net/netif_receive_skb': '',
    // Of whatever protocol: what was damaged on the way may no longer say that it is IP.
    'skb/kfree_skb': '',
    // A router says that it cannot deliver a packet.
    'icmp/icmp_send': '',
    // The end of what has no socket, if its timer is not the cause: a request that was refused, a TIME_WAIT cut short.
    'kmem/kmem_cache_free': 'name == "request_sock_TCP" || name == "tw_sock_TCP"',
  }
}

/** What a SYN proxy takes off the wire is dropped without a reason: it has been dealt with. Whatever is done with is told so. */
const SWALLOWED = { 'skb/consume_skb': '' }

/** Not every kernel has these (Linux 6.11): what only they tell is not seen there. */
const NEWER = ['icmp/icmp_send']

/** All that is left of a connection in TIME_WAIT, and all that there is of one in SYN_RCVD. */
const STATE_TIMERS = ['tw_timer_handler', 'reqsk_timer_handler']
/** By these a kernel sends, or gives up, without being asked. */
const ACTING_TIMERS = ['tcp_write_timer', 'tcp_keepalive_timer', 'tcp_delack_timer']

function functions(names: readonly string[]): string {
  return names.map(name => `function.function == ${name}`).join(' || ')
}
