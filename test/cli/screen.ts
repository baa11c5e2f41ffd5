/** Begins what a terminal is told to do, and not to show (ECMA-48). */
const CSI = '\u001b['

/**
 * What a terminal shows of what was written to it, as far as it goes: lines that are written over (CR, CSI A), erased to their
 * end (CSI K) and coloured (CSI m). Whatever else it is told is an error: this one would not know what to do.
 */
export class Screen {
  /** Each line as it stood whenever it changed: what was to be seen for a moment, too. */
  readonly moments: string[] = []
  readonly lines: string[] = ['']
  #row = 0
  #column = 0

  constructor(written: string) {
    const [shown = '', ...told] = written.split(CSI)
    this.#show(shown)
    for (const text of told) {
      const [command = '', parameters] = /^([\d;]*)[A-Za-z]/.exec(text) ?? []
      this.#obey(command.slice(-1), parameters ?? '')
      this.#show(text.slice(command.length))
    }
  }

  #obey(command: string, parameters: string): void {
    if (command === 'm') return
    if (command === 'A' && Number(parameters) <= this.#row) {
      this.#row -= Number(parameters)
      return
    }
    if (command !== 'K' || parameters !== '') throw new Error(`No such terminal: CSI ${parameters} ${command}`)
    this.#write(this.#line.slice(0, this.#column))
  }

  #show(text: string): void {
    for (const character of text) {
      if (character === '\n') this.#goDown()
      else if (character === '\r') this.#column = 0
      else if (character < ' ' || character === '\u007f')
        throw new Error(`No such terminal: ${JSON.stringify(character)}`)
      else {
        const before = this.#line.slice(0, this.#column).padEnd(this.#column)
        this.#write(before + character + this.#line.slice(++this.#column))
      }
    }
  }

  #goDown(): void {
    this.#row++
    if (this.#row === this.lines.length) this.lines.push('')
  }

  get #line(): string {
    return this.lines[this.#row] ?? ''
  }

  #write(line: string): void {
    this.lines[this.#row] = line
    this.moments.push(line)
  }
}
