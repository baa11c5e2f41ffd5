/** So many at a time; whoever comes later waits for one that gives its turn back. */
export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atATime: number) {
    this.#free = atATime
  }

  async take(): Promise<Turn> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    return new Turn(() => this.#handOn())
  }

  #handOn(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}

/** Given back once, however often that is said. */
export class Turn implements Disposable {
  #handOn: (() => void) | null

  constructor(handOn: () => void) {
    this.#handOn = handOn
  }

  readonly giveBack = (): void => {
    this.#handOn?.()
    this.#handOn = null
  };

  [Symbol.dispose](): void {
    this.giveBack()
  }
}
