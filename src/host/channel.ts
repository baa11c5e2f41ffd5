import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fromPlainError, HandwaveError, type PlainError, toPlainError } from '../errors.ts'

/** What is asked of somebody at the other end of a stream: one JSON document a line. */
interface Question {
  readonly id: number
  readonly method: string
  readonly argument?: unknown
}

/** Events come in between, in the order in which they were told. */
type Reply<Event> =
  | { readonly id: number; readonly value?: unknown }
  | { readonly id: number; readonly error: PlainError }
  | { readonly event: Event }

/** The asking end. */
export class Channel<Event> {
  readonly #output: Writable
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #onEvent: (event: Event) => void
  #lost: HandwaveError | null = null
  #next = 1

  constructor(input: Readable, output: Writable, onEvent: (event: Event) => void) {
    this.#output = output
    this.#onEvent = onEvent
    createInterface({ input }).on('line', line => this.#hear(JSON.parse(line) as Reply<Event>))
    // Whoever waits for an answer is told below.
    output.on('error', () => {})
  }

  call(method: string, argument: unknown): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lost)
    const id = this.#next++
    const question: Question = { id, method, argument }
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject })
      this.#output.write(`${JSON.stringify(question)}\n`)
    })
  }

  /** Nobody is there any more. */
  lose(reason: HandwaveError): void {
    this.#lost ??= reason
    for (const { reject } of this.#open.values()) reject(this.#lost)
    this.#open.clear()
  }

  /** Nothing more will be asked: the other end may go. */
  end(): void {
    this.#output.end()
  }

  #hear(reply: Reply<Event>): void {
    if ('event' in reply) {
      this.#onEvent(reply.event)
      return
    }
    const waiting = this.#open.get(reply.id)
    this.#open.delete(reply.id)
    if ('error' in reply) waiting?.reject(fromPlainError(reply.error))
    else waiting?.resolve(reply.value)
  }
}

/** What can be asked through a channel as if it were here. */
export function throughChannel<T>(channel: Pick<Channel<never>, 'call'>, methods: readonly (keyof T & string)[]): T {
  return Object.fromEntries(
    methods.map(method => [method, (argument: unknown) => channel.call(method, argument)]),
  ) as unknown as T
}

type Methods = Readonly<Record<string, ((argument: unknown) => Promise<unknown>) | undefined>>

/** The answering end: until nothing more can be asked. Methods take one argument at most, and answer in their own time. */
export async function answer(input: Readable, say: (reply: Reply<never>) => void, target: object): Promise<void> {
  for await (const line of createInterface({ input })) {
    const { id, method, argument } = JSON.parse(line) as Question
    // Not one after the other: a call may wait for what another brings about.
    void answerOne(target as Methods, method, argument).then(
      value => say({ id, value }),
      (error: unknown) => say({ id, error: toPlainError(error) }),
    )
  }
}

async function answerOne(target: Methods, method: string, argument: unknown): Promise<unknown> {
  const asked = target[method]
  if (!asked) throw new HandwaveError('NO_SUCH_METHOD', `There is nobody here who knows how to ${method}.`)
  return await asked.call(target, argument)
}
