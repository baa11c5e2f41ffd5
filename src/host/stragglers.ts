import { readdirSync, readFileSync } from 'node:fs'

/** Set for every program in a host: by it one is known that has left its process group, and its parent. */
export const RUNNER = 'HANDWAVE_RUNNER'

/** Ends programs that were started in hosts by these runners and have gone their own ways since. Gives their numbers. */
export function killStragglers(isTheirs: (runner: string) => boolean): number[] {
  const found = readdirSync('/proc').filter(pid => {
    const runner = /^\d+$/.test(pid) ? runnerOf(pid) : null
    return runner !== null && isTheirs(runner)
  })
  return found.map(Number).filter(kill)
}

function runnerOf(pid: string): string | null {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return environment.find(entry => entry.startsWith(`${RUNNER}=`))?.slice(RUNNER.length + 1) ?? null
  } catch {
    // It has just ended, or is somebody else's.
    return null
  }
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
