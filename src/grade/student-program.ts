import { setTimeout as sleep } from 'node:timers/promises'
import type { StageHost } from '../lab/stage.ts'
import type { ProgramStory, StageProgram } from '../lab/stage-program.ts'
import { demand } from './demand.ts'
import { howItEnded } from './words.ts'

const READY_MS = 10_000
const LOOK_MS = 10

/** The student's program at work. */
export class StudentProgram {
  readonly #program: StageProgram
  readonly #host: StageHost

  constructor(program: StageProgram, host: StageHost) {
    this.#program = program
    this.#host = host
  }

  /** Waits until it listens where it should. */
  async listens(): Promise<void> {
    const { port } = this.#host
    for (const sinceMs = performance.now(); performance.now() - sinceMs < READY_MS; await sleep(LOOK_MS)) {
      const ports = await this.#host.listening()
      if (ports.includes(port)) return
      const { end } = this.story
      demand(end === null, `Before it listened on port ${port} it ${end ? howItEnded(end) : ''}.${whereToStay(end)}`)
    }
    const others = await this.#host.listening()
    const instead = others.length > 0 ? `; it listens on ${others.join(', ')} instead` : ''
    demand(false, `${READY_MS / 1000} seconds after its start it does not listen on port ${port}${instead}.`)
  }

  /** Waits until it has printed this. */
  async said(text: string): Promise<void> {
    await this.#program.said(text)
  }

  /** Writes to its standard input. */
  async feed(text: string): Promise<void> {
    await this.#program.feed(text)
  }

  /** Waits until it has ended, and tells how. */
  async ended(): Promise<{ status: number | null; signal: string | null }> {
    return await this.#program.ended()
  }

  async stop(): Promise<void> {
    await this.#program.stop()
  }

  async continue(): Promise<void> {
    await this.#program.continue()
  }

  /** Ends it without asking, as a crash would. */
  async kill(): Promise<void> {
    await this.#program.kill()
  }

  get story(): ProgramStory {
    return this.#program.story
  }
}

/** What it started ended with it: a daemon that leaves its parent is nobody's program here. */
function whereToStay(end: ProgramStory['end']): string {
  return end?.status === 0 ? ' A program is over when its first process is: it must stay in the foreground.' : ''
}
