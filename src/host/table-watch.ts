import { type AgentEvent, nowNs } from './agent-events.ts'
import type { SocketTableLine } from './socket-table.ts'

type Look = Extract<AgentEvent, { kind: 'table' }>

/**
 * Looks at the socket table when something may have changed it, and where the kernel's trace is no witness all the time. Of
 * looks that show the same only the last is told, just before one that shows something else: the change came in between.
 */
export class TableWatch implements Disposable {
  readonly #read: () => SocketTableLine[]
  readonly #emit: (event: AgentEvent) => void
  #last: Look | undefined
  #isTold = true
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(read: () => SocketTableLine[], emit: (event: AgentEvent) => void) {
    this.#read = read
    this.#emit = emit
  }

  /** Something has happened that may well have changed it: told in any case. */
  lookNow(): void {
    this.#look(true)
  }

  /** The same, once what is being done has been done: Node makes its calls a turn of its loop later. */
  lookSoon(): void {
    setImmediate(() => setImmediate(() => this.lookNow()))
  }

  #look(isCalledFor: boolean): void {
    if (this.#isOver) return
    const tNs = nowNs()
    const lines = this.#read()
    const look: Look = { kind: 'table', tNs, tookNs: nowNs() - tNs, lines }
    const isNews = isCalledFor || !this.#last || !showsSame(this.#last, look)
    if (isNews && !this.#isTold && this.#last) this.#emit(this.#last)
    if (isNews) this.#emit(look)
    this.#isTold = isNews
    this.#last = look
  }

  /** Again and again. A table of many thousand buckets takes milliseconds, in which nothing else is heard. */
  keepLooking(): void {
    this.#look(false)
    const pauseMs = Math.max(SHORTEST_PAUSE_MS, ((this.#last?.tookNs ?? 0) / 1e6) * SHARE)
    if (!this.#isOver) this.#timer = setTimeout(() => this.keepLooking(), pauseMs)
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }
}

const SHORTEST_PAUSE_MS = 10
/** Of its time no more than a tenth is spent so. */
const SHARE = 9

/** Time passes: that less of it is left is nothing new. More is: the timer was started again. */
function showsSame(before: Look, after: Look): boolean {
  if (before.lines.length !== after.lines.length) return false
  const known = new Map(before.lines.map(line => [endsOf(line), line]))
  return after.lines.every(line => {
    const was = known.get(endsOf(line))
    return was?.state === line.state && was.timer === line.timer && line.remainingMs <= was.remainingMs
  })
}

function endsOf({ local, remote }: SocketTableLine): string {
  return `${local} ${remote}`
}
