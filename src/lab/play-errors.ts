import { HandwaveError, UnmetError, UsageError } from '../errors.ts'
import type { Mishap } from './judge.ts'
import { StoodStill } from './watch.ts'

/** A play that waits for a row need wait no longer: the picture has already come out differently. */
export class PictureDiffers extends HandwaveError {
  override readonly name = 'PictureDiffers'
}

/** What it means for the verdict that a play, or the picture after it, ended with an error. */
export function whatWentWrong(
  error: unknown,
  isPlaying: boolean,
  awaited: readonly string[],
  { aborted, reason }: AbortSignal,
): Mishap[] {
  if (aborted) throw reason
  if (error instanceof PictureDiffers) return []
  if (error instanceof StoodStill)
    return isPlaying ? [{ verdict: 'inconclusive', sentence: stillWaiting(error, awaited) }] : []
  if (error instanceof UnmetError) return [{ verdict: 'fail', sentence: error.message }]
  if (error instanceof UsageError)
    return [
      { verdict: 'fail', sentence: ['The play asks for what cannot be:', error.message, error.hint].join(' ').trim() },
    ]
  return [{ verdict: 'fail', sentence: `The play failed: ${describeError(error)}` }]
}

function stillWaiting({ message }: StoodStill, awaited: readonly string[]): string {
  const what = awaited.length > 0 ? awaited.join(' and ') : 'something'
  return `The play still waited for ${what} when the lab was ended. ${message}`
}

/** An error of a lab's own comes with the place in its file. */
function describeError(error: unknown): string {
  if (error instanceof HandwaveError) return error.message
  if (!(error instanceof Error)) return String(error)
  const place = /\(?(?:file:\/\/)?(\/[^\s()]+:\d+:\d+)\)?/.exec(
    error.stack?.split('\n    at ').slice(1).join(' ') ?? '',
  )?.[1]
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place})`}`
}
