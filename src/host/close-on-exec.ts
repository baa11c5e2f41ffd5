import koffi from 'koffi'
import { HandwaveError } from '../errors.ts'

const CLOSE_RANGE_CLOEXEC = 4
const FIRST_OWN = 3
const ALL = 0xffff_ffff

let closeRange: ((first: number, last: number, flags: number) => number) | undefined

/**
 * No program that is started from here on has any of this process's files: raw-socket opens its sockets so that every
 * child would inherit them (close_range(2)).
 */
export function keepFilesFromChildren(): void {
  closeRange ??= koffi
    .load('libc.so.6')
    .func('int close_range(unsigned int first, unsigned int last, int flags)') as NonNullable<typeof closeRange>
  if (closeRange(FIRST_OWN, ALL, CLOSE_RANGE_CLOEXEC) === 0) return
  throw new HandwaveError('CLOSE_RANGE', `Open files cannot be kept from programs (errno ${koffi.errno()}).`, {
    hint: 'It takes Linux 5.11 or newer.',
  })
}
