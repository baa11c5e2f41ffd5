import type { RelayLine } from '../lab/relay.ts'
import { StatusLine } from './status-line.ts'

type Progress = Omit<Extract<RelayLine, { relay: 'progress' }>, 'relay'>

/** What the labs that are running are at, in one line: a terminal's own, gone when they are done. */
export class Live implements Disposable {
  readonly #line = new StatusLine()
  readonly #running = new Map<string, { since: number; progress: Progress | null; waits: string | null }>()
  readonly #clock: NodeJS.Timeout

  constructor() {
    this.#clock = setInterval(() => this.#draw(), 250).unref()
  }

  get isLive(): boolean {
    return this.#line.isLive
  }

  started(id: string): void {
    this.#running.set(id, { since: performance.now(), progress: null, waits: null })
    this.#draw()
  }

  progressed(id: string, progress: Progress): void {
    const lab = this.#running.get(id)
    if (!lab) return
    lab.progress = progress
    lab.waits = null
    this.#draw()
  }

  waits(id: string, sentence: string): void {
    const lab = this.#running.get(id)
    if (!lab) return
    lab.waits = sentence
    this.#draw()
  }

  /** Also makes room for what is told of it. */
  finished(id: string): void {
    this.#running.delete(id)
    this.#line.clear()
  }

  /** Something else is about to be written. */
  clear(): void {
    this.#line.clear()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#clock)
    this.#line.clear()
  }

  #draw(): void {
    const [first, ...others] = this.#running
    if (!first) return
    const [id, { since, progress, waits }] = first
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    const beside = others.length > 0 ? ` (and ${others.length} more)` : ''
    const step = waits ?? (progress === null ? 'setting up hosts' : stepOf(progress))
    this.#line.draw(`▸ ${id}${beside}  ${seconds} s  ${step}`.slice(0, this.#line.width))
  }
}

function stepOf({ done, rows, last }: Progress): string {
  return `${done} of ${rows} rows  ${last}`
}
