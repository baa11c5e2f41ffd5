import type { TraceRecord } from './trace-lines.ts'

/**
 * One kernel's trace tells of whatever comes in, by whomever's device, and of whatever is done with. That a processor has gone on to a packet that is none of
 * ours is worth knowing, for what it does then is not ours either: but once, however many of them there are.
 */
export class Elsewhere {
  readonly #devices: ReadonlySet<string>
  readonly #away = new Set<string>()
  /** Packets of ours, by the kernel's address of them. */
  readonly #underway = new Set<string>()

  constructor(devices: readonly string[]) {
    this.#devices = new Set(devices)
  }

  isOurs(record: TraceRecord): boolean {
    return !('device' in record) || this.#devices.has(record.device)
  }

  /** Whether it says nothing that is not known by now. */
  isKnown(record: TraceRecord): boolean {
    if (record.kind === 'consumed') return !this.#underway.delete(record.skb)
    if (this.isOurs(record)) {
      this.#away.delete(record.by)
      if (record.kind === 'sent') this.#underway.add(record.skb)
      return false
    }
    if (this.#away.has(record.by)) return true
    this.#away.add(record.by)
    return false
  }
}
