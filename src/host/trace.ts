import { closeSync, constants, mkdirSync, openSync, readSync, rmdirSync, writeFileSync } from 'node:fs'
import { HandwaveError, MissingError } from '../errors.ts'

const TRACING = '/sys/kernel/tracing'

/**
 * The kernel's own account of what it did, from tracefs: every state change of a socket, the timers that stand for the
 * states no socket has, and every packet that leaves or enters a host. One kernel has one buffer, so that the lines come
 * in the order in which things happened.
 */
export class KernelTrace implements Disposable {
  readonly marker: string
  readonly #instance: string
  #pipe: number | null
  readonly #chunk = Buffer.alloc(65_536)
  #rest = ''

  constructor(name: string, devices: readonly string[]) {
    this.#instance = `${TRACING}/instances/${name}`
    this.marker = `${this.#instance}/trace_marker`
    try {
      mkdirSync(this.#instance)
    } catch (cause) {
      throw new MissingError('TRACEFS', `The kernel's tracer cannot be used (${TRACING}).`, {
        hint: 'It needs root and tracefs: mount -t tracefs tracefs /sys/kernel/tracing',
        cause,
      })
    }
    this.#set('buffer_size_kb', '4096')
    // The clock of process.hrtime, which the agents' stamps come from.
    this.#set('trace_clock', 'mono')
    for (const [event, filter] of Object.entries(eventsOf(devices))) {
      if (filter) this.#set(`events/${event}/filter`, filter)
      this.#set(`events/${event}/enable`, '1')
    }
    this.#pipe = openSync(`${this.#instance}/trace_pipe`, constants.O_RDONLY | constants.O_NONBLOCK)
  }

  /** All whole lines since the last time. Never waits. */
  read(): string[] {
    // A descriptor's number is soon another file's.
    if (this.#pipe === null) throw new HandwaveError('TRACE_CLOSED', 'The trace was read after its end.')
    for (;;) {
      const length = this.#readChunk(this.#pipe)
      if (length === 0) break
      this.#rest += this.#chunk.toString('latin1', 0, length)
    }
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop() ?? ''
    return lines
  }

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
  const timers = ['tw_timer_handler', 'reqsk_timer_handler'].map(name => `function.function == ${name}`).join(' || ')
  return {
    'sock/inet_sock_set_state': 'family == 2 && protocol == 6',
    'timer/timer_start': timers,
    'timer/timer_expire_entry': timers,
    // Not net_dev_queue: that sees several segments in one, before they are cut to the device's size.
    'net/net_dev_start_xmit': ours,
    'net/netif_receive_skb': ours,
    'skb/kfree_skb': 'protocol == 0x0800',
  }
}
