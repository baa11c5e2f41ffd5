import { HandwaveError } from '../errors.ts'
import type { ProgramEvent } from '../host/program.ts'
import type { Limit } from '../host/sandbox.ts'
import type { TestbedHost } from '../testbed/testbed.ts'
import type { HostNews } from './host-news.ts'

/** What a program has said and how it ended, as far as it has. */
export interface ProgramStory {
  /** On both streams. */
  readonly said: string
  /** On standard output alone. */
  readonly printed: string
  /** Null while it runs. */
  readonly end: {
    readonly status: number | null
    readonly signal: string | null
    readonly limits: readonly Limit[]
  } | null
}

/** A program of any language at work in a host. */
export class StageProgram {
  readonly #id: number
  readonly #host: TestbedHost
  readonly #news: HostNews

  constructor(id: number, host: TestbedHost, news: HostNews) {
    this.#id = id
    this.#host = host
    this.#news = news
  }

  /** Stopped where it is: its kernel goes on, accepting and acknowledging what nobody takes. */
  async stop(): Promise<void> {
    await this.#host.agent.signal({ program: this.#id, signal: 'STOP' })
  }

  async continue(): Promise<void> {
    await this.#host.agent.signal({ program: this.#id, signal: 'CONT' })
  }

  /** Ends it without asking: its kernel closes what it held. */
  async kill(): Promise<void> {
    await this.#host.agent.signal({ program: this.#id, signal: 'KILL' })
  }

  /** Writes to its standard input. */
  async feed(text: string): Promise<void> {
    await this.#host.agent.feed({ program: this.#id, text })
  }

  /** Waits until it has printed this, on either stream; a program that has ended will not. */
  async said(text: string): Promise<void> {
    await this.#news.until(past => {
      const own = past.filter(event => isOf(event, this.#id))
      const printed = own.flatMap(event => (event.kind === 'program-said' ? event.text : [])).join('')
      if (printed.includes(text)) return true
      if (!own.some(({ kind }) => kind === 'program-ended')) return undefined
      throw new HandwaveError('PROGRAM_ENDED', `The program ended, and never said '${text}'. It said:\n${printed}`)
    }, `the program to say '${text}'`)
  }

  get story(): ProgramStory {
    const own = this.#news.past.filter(event => isOf(event, this.#id))
    const said = own.filter(event => event.kind === 'program-said')
    const end = own.find(event => event.kind === 'program-ended')
    const text = (events: typeof said) => events.map(event => event.text).join('')
    return {
      said: text(said),
      printed: text(said.filter(({ stream }) => stream === 'stdout')),
      end: end ? { status: end.status, signal: end.signal, limits: end.limits } : null,
    }
  }

  /** Waits until it has ended. */
  async ended(): Promise<{ status: number | null; signal: string | null }> {
    return await this.#news.until(past => {
      const end = past.find(event => event.kind === 'program-ended' && event.program === this.#id)
      return end?.kind === 'program-ended' ? { status: end.status, signal: end.signal } : undefined
    }, 'the program to end')
  }
}

function isOf(event: { readonly kind: string }, id: number): event is ProgramEvent {
  return 'program' in event && event.program === id
}
