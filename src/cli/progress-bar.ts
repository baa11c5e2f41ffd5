import type { WriteStream } from 'node:tty'

const REFRESH_MS = 100
const BAR_WIDTH = 28

/** One line that is refreshed in place on a terminal; elsewhere a line whenever what is being done changes. */
export class ProgressBar implements Disposable {
  readonly #stream: WriteStream
  readonly #title: string
  readonly #from = performance.now()
  #label = ''
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(title: string, stream: WriteStream = process.stderr) {
    this.#title = title
    this.#stream = stream
  }

  /** `done` counts from 0 to 1. */
  update(label: string, done: number): void {
    const changed = label !== this.#label
    this.#label = label
    if (!this.#stream.isTTY) {
      if (changed) this.#stream.write(`${this.#title}: ${label}\n`)
      return
    }
    const now = performance.now()
    if (!changed && now - this.#drawnAt < REFRESH_MS) return
    this.#drawnAt = now
    this.#stream.write(`\r${this.#line(done)}\u001b[K`)
  }

  /** Takes the line away again. */
  [Symbol.dispose](): void {
    if (this.#stream.isTTY && this.#label !== '') this.#stream.write('\r\u001b[K')
  }

  #line(done: number): string {
    const seconds = Math.floor((performance.now() - this.#from) / 1000)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    const before = `${this.#title}  `
    const after = `  ${String(Math.floor(done * 100)).padStart(3)} %  ${clock}  ${this.#label}`
    const room = (this.#stream.columns || 80) - before.length - after.length - 1
    // A line that is too long for the terminal would be wrapped, and not be refreshed in place.
    if (room < 4) return `${before}${after.trimStart()}`.slice(0, Math.max(0, (this.#stream.columns || 80) - 1))
    return before + bar(done, Math.min(BAR_WIDTH, room)) + after
  }
}

function bar(done: number, width: number): string {
  const full = Math.round(done * width)
  // https://no-color.org: set and not empty.
  const [dim, plain] = process.env['NO_COLOR'] ? ['', ''] : ['\u001b[2m', '\u001b[22m']
  return `${'█'.repeat(full)}${dim}${'░'.repeat(width - full)}${plain}`
}
