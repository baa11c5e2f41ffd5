import { fromPlainError, HandwaveError } from '../errors.ts'
import type { FloodRequest } from './flood-by-hand.ts'
import type { FloodLine, FloodSample } from './flood-lines.ts'
import { LAUNCHER } from './inside-request.ts'
import { startOnNetns } from './on-netns.ts'

export interface FloodTellers {
  readonly onPlan: (lines: readonly string[]) => void
  readonly onSample: (sample: FloodSample) => void
  readonly signal: AbortSignal
}

/** Floods on this machine's own kernel, from a process whose hosts go with it. */
export async function floodOnNetns(request: FloodRequest, { onPlan, onSample, signal }: FloodTellers): Promise<void> {
  let failure: HandwaveError | null = null
  let isDone = false
  const hear = (line: FloodLine) => {
    if (line.flood === 'plan') onPlan(line.lines)
    else if (line.flood === 'sample') onSample(line)
    else if (line.flood === 'error') failure = fromPlainError(line)
    else isDone = true
  }
  const command = [process.execPath, LAUNCHER, 'flood-inside', JSON.stringify(request)]
  await using runner = startOnNetns(command, { onLine: text => hear(JSON.parse(text) as FloodLine), signal })
  const { code, said } = await runner.ended
  signal.throwIfAborted()
  if (failure) throw failure as HandwaveError
  if (isDone) return
  throw new HandwaveError('RUNNER', `The process with the hosts ended by itself (status ${code}).`, {
    hint: said.slice(-8).join('\n'),
  })
}
