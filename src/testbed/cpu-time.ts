import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ (proc_pid_stat(5)): a hundred to the second on every architecture that handwave runs on. */
const MS_PER_TICK = 10

/** How long a process has computed by now, and all that descend from it, with those of them that have ended. */
export function cpuTimeMs(root: number): number {
  const stats = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => statOf(pid) ?? [])
  const family = new Set([root])
  // Not by process group: the lab kernel makes one of its own where it is not the first of its group.
  for (let known = 0; known < family.size; ) {
    known = family.size
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid)
  }
  return stats.reduce((sum, { pid, ticks }) => sum + (family.has(pid) ? ticks : 0), 0) * MS_PER_TICK
}

function statOf(pid: string): { pid: number; parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name, in parentheses, may have any letters in it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { pid: Number(pid), parent: Number(fields[1]), ticks }
  } catch {
    // It has just ended.
    return null
  }
}
