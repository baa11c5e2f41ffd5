import { readFileSync } from 'node:fs'

/**
 * Says in a name whose something is: a process by its number and the time at which it began (proc_pid_stat(5), field 22),
 * because numbers are used again.
 */
export function ownerName(pid = process.pid): string {
  return `${pid}-${beganAt(pid) ?? 0}`
}

export function isOwnerAlive(name: string): boolean {
  const [pid = '0', began] = name.split('-')
  return beganAt(Number(pid)) === began
}

function beganAt(pid: number): string | null {
  if (process.platform !== 'linux') return isThere(pid) ? '0' : null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name comes second, in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    return state === 'Z' || state === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

/** Where no /proc tells when it began, a number that is used again is taken for the same process. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
