import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { HandwaveError } from '../errors.ts'

/**
 * The agent's channel: one JSON document a line, over any pair of byte streams (a child's pipes here, a container
 * engine's exec elsewhere). Requests carry an id and are answered; events go one way, from the agent.
 */
export type Calls = Record<string, (args: never) => unknown>

type Line<E> =
  | { id: number; call: string; args: unknown }
  | { id: number; result: unknown }
  | { id: number; error: { code: string; message: string; hint?: string | undefined } }
  | { event: E }

/** The calling side. */
export class Caller<C extends Calls, E> {
  readonly #output: Writable
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  #nextId = 1
  #ended: Error | undefined

  constructor(input: Readable, output: Writable, onEvent: (event: E) => void) {
    this.#output = output
    output.on('error', error => this.end(error))
    readLines<E>(input, line => {
      if ('event' in line) onEvent(line.event)
      else this.#settle(line)
    })
  }

  call<K extends keyof C & string>(call: K, args: Parameters<C[K]>[0]): Promise<Awaited<ReturnType<C[K]>>> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#output.write(`${JSON.stringify({ id, call, args })}\n`)
    })
  }

  /** Whoever still waits is told why no answer comes. */
  end(reason: Error): void {
    this.#ended ??= reason
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }

  #settle(line: Exclude<Line<E>, { event: E }>): void {
    const waiter = this.#waiting.get(line.id)
    this.#waiting.delete(line.id)
    if (!waiter) return
    if ('error' in line)
      waiter.reject(new HandwaveError(line.error.code, line.error.message, { hint: line.error.hint }))
    else if ('result' in line) waiter.resolve(line.result as never)
  }
}

/** The answering side: `emit` sends events. Returns when the caller has closed its end. */
export async function serve<E>(
  input: Readable,
  output: Writable,
  makeCalls: (emit: (event: E) => void) => Calls,
): Promise<void> {
  const send = (line: Line<E>) => output.write(`${JSON.stringify(line)}\n`)
  const calls = makeCalls(event => send({ event }))
  const answer = async (id: number, name: string, args: unknown) => {
    const call = calls[name]
    if (!call) throw new HandwaveError('AGENT_CALL', `The agent knows no call named ${name}.`)
    send({ id, result: (await call(args as never)) ?? null })
  }
  await readLines<E>(input, line => {
    if (!('call' in line)) return
    answer(line.id, line.call, line.args).catch((error: unknown) => send({ id: line.id, error: describe(error) }))
  })
}

function describe(error: unknown): { code: string; message: string; hint?: string | undefined } {
  if (error instanceof HandwaveError) return { code: error.code, message: error.message, hint: error.hint }
  if (error instanceof Error) return { code: (error as NodeJS.ErrnoException).code ?? 'AGENT', message: error.message }
  return { code: 'AGENT', message: String(error) }
}

function readLines<E>(input: Readable, onLine: (line: Line<E>) => void): Promise<void> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('line', text => {
    if (text !== '') onLine(JSON.parse(text) as Line<E>)
  })
  return new Promise(resolve => lines.once('close', resolve))
}
