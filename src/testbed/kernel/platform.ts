import { arch, platform } from 'node:process'
import { MissingError } from '../../errors.ts'

/** Why there can be no lab kernel on this machine, or null. */
export function unsupportedPlatform(): string | null {
  if (platform === 'linux' && arch === 'x64') return null
  return (
    `The lab kernel runs on x86-64 Linux only, and this is ${platform} on ${arch}. ` +
    "Elsewhere labs will run in Docker, which is still to come; what works here today is 'handwave list' and 'handwave show'."
  )
}

export function requireSupportedPlatform(): void {
  const reason = unsupportedPlatform()
  if (reason !== null) throw new MissingError('PLATFORM', reason, { hint: 'Run labs on an x86-64 Linux machine.' })
}
