import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Sends a signal to all of a group's processes that there still are. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  signalIfThere(-group, signal)
}

/** What has ended meanwhile needs no signal. */
export function signalIfThere(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * Until SIGSTOP has stopped the group. One that sleeps in accept(2) is only woken by the signal: what arrives before it
 * comes to run it still takes (inet_csk_wait_for_connect, net/ipv4/inet_connection_sock.c).
 */
export async function stopped(group: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS && !statesOf(group).every(state => AT_REST.includes(state)); attempt++) {
    await sleep(1)
  }
}

/** Somebody else may have sent it SIGCONT: then this would never end. */
const ATTEMPTS = 500
/** Stopped, traced, or dead (proc_pid_stat(5)). */
const AT_REST = 'TtZX'

function statesOf(group: number): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(statOf)
    .filter(stat => stat?.group === group)
    .map(stat => stat?.state ?? '')
}

function statOf(pid: string): { state: string; group: number } | null {
  try {
    // A program's name, in parentheses, may have any letters in it.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state, group: Number(group) }
  } catch {
    // It has just ended.
    return null
  }
}
