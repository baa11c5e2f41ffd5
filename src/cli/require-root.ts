import { MissingError } from '../errors.ts'

/** For commands that have hosts on this machine's own kernel, and can have them nowhere else. */
export function requireRoot(): void {
  if (process.getuid?.() === 0) return
  throw new MissingError('ROOT', "Only root may make hosts on this machine's own kernel.", { hint: 'Run it as root.' })
}
