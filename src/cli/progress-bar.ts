import { StatusLine } from './status-line.ts'

const BAR_WIDTH = 28

/** One line that is refreshed in place on a terminal; elsewhere a line whenever what is being done changes. */
export class ProgressBar implements Disposable {
  readonly #stream: NodeJS.WriteStream
  readonly #line: StatusLine
  readonly #title: string
  readonly #from = performance.now()
  #label = ''

  constructor(title: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#title = title
    this.#stream = stream
    this.#line = new StatusLine(stream)
  }

  /** `done` counts from 0 to 1. */
  update(label: string, done: number): void {
    const changed = label !== this.#label
    this.#label = label
    if (this.#line.isLive) this.#line.draw(this.#text(done), changed)
    else if (changed) this.#stream.write(`${this.#title}: ${label}\n`)
  }

  /** Takes the line away again. */
  [Symbol.dispose](): void {
    this.#line.clear()
  }

  #text(done: number): string {
    const seconds = Math.floor((performance.now() - this.#from) / 1000)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    const before = `${this.#title}  `
    const after = `  ${String(Math.floor(done * 100)).padStart(3)} %  ${clock}  ${this.#label}`
    const room = this.#line.width - before.length - after.length
    if (room < 4) return `${before}${after.trimStart()}`.slice(0, this.#line.width)
    return before + bar(done, Math.min(BAR_WIDTH, room)) + after
  }
}

function bar(done: number, width: number): string {
  const full = Math.round(done * width)
  // https://no-color.org: set and not empty.
  const [dim, plain] = process.env['NO_COLOR'] ? ['', ''] : ['\u001b[2m', '\u001b[22m']
  return `${'█'.repeat(full)}${dim}${'░'.repeat(width - full)}${plain}`
}
