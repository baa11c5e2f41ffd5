import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 45_000

/** Waits until an engine answers on its socket, or until it has ended: then it never will. */
export async function engineAnswers(socketPath: string, ended: Promise<unknown>): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  let hasEnded = false
  void ended.finally(() => {
    hasEnded = true
  })
  while (!(await doesAnswer(socketPath))) {
    if (hasEnded) throw new Error('The engine has ended before it answered.')
    patience.throwIfAborted()
    await sleep(50)
  }
}

export async function doesAnswer(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asking = request({ socketPath, path: '/_ping' }, answer => {
    answer.resume()
    resolve(answer.statusCode === 200)
  })
  asking.once('error', () => resolve(false))
  asking.end()
  return await promise
}
