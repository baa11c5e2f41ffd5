import type { WriteStream } from 'node:tty'

/** A few lines on a terminal that are refreshed in place, and stay as they were last. Elsewhere there are none. */
export class StatusBlock {
  readonly #stream: WriteStream
  #drawn = 0

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  get isLive(): boolean {
    return this.#stream.isTTY
  }

  /** A longer line would be wrapped, and not be refreshed in place. */
  get width(): number {
    return Math.max(0, (this.#stream.columns || 80) - 1)
  }

  draw(lines: readonly string[]): void {
    const back = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`
    this.#drawn = lines.length
    this.#stream.write(`${back}${lines.map(line => `\r${line}\u001b[K\n`).join('')}`)
  }
}
