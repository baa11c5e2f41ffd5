import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { HandwaveError } from '../../errors.ts'
import { removeUnusedTrace, traceInstances } from '../../host/tracefs.ts'
import { errnoOf } from '../errno.ts'

/** A segment's number is the third of its addresses' four. */
const MOST = 256

/** One segment's number on this machine's own kernel, and the tag that begins the names of all that belongs to it. */
export interface Claim extends AsyncDisposable {
  readonly number: number
  readonly tag: string
}

/**
 * A segment that nobody has. Not always the first: sockets of a run that was killed may go on taking leave of each other
 * for a minute and a half, and what becomes of them would be seen in the next trace as its own, if addresses were the same.
 */
export async function claimSegment(): Promise<Claim> {
  await removeLeftovers()
  const first = randomInt(MOST)
  for (let next = 0; next < MOST; next++) {
    const claim = await claimNumber((first + next) % MOST)
    if (claim && !existsSync(traceOf(claim.tag))) return claim
    await claim?.[Symbol.asyncDispose]()
  }
  throw new HandwaveError('SEGMENTS', `All ${MOST} segments of this machine are in use.`, {
    hint: 'Other runs of handwave have them: wait until they end.',
  })
}

/**
 * Takes away what runs have left that were killed. Their namespaces went with them: what outlives its process is its
 * instance of the tracer. Gives the tags.
 */
export async function removeLeftovers(): Promise<string[]> {
  const removed: string[] = []
  for (let number = 0; number < MOST; number++) {
    if (!existsSync(traceOf(tagOf(number)))) continue
    await using claim = await claimNumber(number)
    // Claims are seen in one network namespace only, instances in all; and another may have been quicker.
    if (claim && removeUnusedTrace(claim.tag)) removed.push(claim.tag)
  }
  return removed
}

/** An abstract socket (unix(7)) has one owner, and goes with it, whatever ends it. Null if it has one already. */
async function claimNumber(number: number): Promise<Claim | null> {
  const server = await listen(`\0handwave-segment-${number}`)
  if (!server) return null
  const release = () => new Promise<void>(resolve => server.close(() => resolve()))
  return { number, tag: tagOf(number), [Symbol.asyncDispose]: release }
}

function tagOf(number: number): string {
  return `hw${number}`
}

function traceOf(tag: string): string {
  return join(traceInstances(), tag)
}

function listen(path: string): Promise<Server | null> {
  const server = createServer().unref()
  return new Promise((resolve, reject) => {
    server.once('error', error => (errnoOf(error) === 'EADDRINUSE' ? resolve(null) : reject(error)))
    server.listen(path, () => resolve(server))
  })
}
