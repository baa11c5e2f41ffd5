import type { WriteStream } from 'node:tty'

const REFRESH_MS = 100

/** One line on a terminal that is refreshed in place. Elsewhere there is none. */
export class StatusLine implements Disposable {
  readonly #stream: WriteStream
  #isShown = false
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(stream: WriteStream = process.stderr) {
    this.#stream = stream
  }

  get isLive(): boolean {
    return this.#stream.isTTY
  }

  /** Cut to what the terminal has room for: a longer line would be wrapped, and not be refreshed in place. */
  get width(): number {
    return Math.max(0, (this.#stream.columns || 80) - 1)
  }

  /** No oftener than an eye can follow, unless it matters. */
  draw(text: string, matters = false): void {
    const now = performance.now()
    if (!this.isLive || (!matters && now - this.#drawnAt < REFRESH_MS)) return
    this.#drawnAt = now
    this.#isShown = true
    this.#stream.write(`\r${text}\u001b[K`)
  }

  /** Takes the line away, so that something else can be written. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K')
    this.#isShown = false
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
