import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'

/** A file system of the kernel's own, wherever it is not mounted yet. */
export function mountOnce(kind: string, place: string): void {
  const mounted = readFileSync('/proc/self/mounts', 'latin1').split('\n')
  if (mounted.some(line => line.split(' ')[1] === place)) return
  mkdirSync(place, { recursive: true })
  execFileSync('mount', ['-t', kind, kind, place])
}
