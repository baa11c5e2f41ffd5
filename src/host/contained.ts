import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { signalIfThere } from './process-group.ts'
import type { Confined, Limit, Sandbox } from './sandbox.ts'

/** What a process may compute, in seconds of the processor's time: an honest one takes a tenth of one. */
const MOST_CPU_S = 8
const PROCESSES = 32
const FILE_MEGABYTES = 16
const OPEN_FILES = 256
const FIRST_GROUP = 20_000
const PROGRAMS = '/usr/local/bin:/usr/bin:/bin'
/** Where anybody could write that is not the program's: only its /tmp, which is small, is left. */
const NOBODYS = ['/var/tmp', '/run/lock', '/dev/shm', '/dev/mqueue']
/** A program that starts others faster than they can be ended is its container's to end. */
const MOST_ROUNDS = 100
const MARK = '/run/handwave-program'

/** Where a container's memory is counted, by cgroups of either version. */
const MEMORY_EVENTS = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control']

let started = 0

/**
 * A stranger's program in a host that is a container, and one that it shares with nobody but its agent: a user that owns
 * nothing, a group of its own that it cannot leave, no capability, and the limits of processes. Memory is the container's
 * to limit; what the program leaves goes with the container.
 */
export class ContainedProgram implements Confined {
  readonly #sandbox: Sandbox
  readonly #group = FIRST_GROUP + started++
  readonly #mark = `${MARK}-${this.#group}`

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  command(program: readonly string[], folder: string): string[] {
    const { user, capabilities } = this.#sandbox
    const kept = ['-all', ...capabilities.map(name => `+${name}`)].join(',')
    const script = [
      'set -e',
      `chmod o-w ${NOBODYS.join(' ')} 2>/dev/null || true`,
      // Should the container have no memory left, it is this that goes, and not the agent.
      'echo 1000 > /proc/self/oom_score_adj',
      `: > ${this.#mark}`,
      'cd "$1"',
      'shift',
      // In blocks of 512 bytes (dash(1)).
      `ulimit -c 0; ulimit -f ${FILE_MEGABYTES * 2048}; ulimit -n ${OPEN_FILES}`,
      `export PATH=${PROGRAMS}`,
      // At the first of the two limits it is told (SIGXCPU), at the second it is killed (getrlimit(2)).
      `exec prlimit --nproc=${PROCESSES} --cpu=${MOST_CPU_S}:${MOST_CPU_S + 1} ` +
        `setpriv --reuid=${user} --regid=${this.#group} --clear-groups --inh-caps=${kept} --ambient-caps=${kept} ` +
        `--bounding-set=${kept} --no-new-privs -- "$@"`,
    ].join('\n')
    return ['sh', '-c', script, 'sh', folder, ...program]
  }

  get isUp(): boolean {
    return existsSync(this.#mark)
  }

  limits(): Limit[] {
    const file = MEMORY_EVENTS.find(existsSync)
    const wasKilled = file !== undefined && /^oom_kill [1-9]/m.test(readFileSync(file, 'latin1'))
    return wasKilled ? ['memory'] : []
  }

  /** All that there is of it, whatever session it has gone to; and what that has started meanwhile. */
  kill(): void {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const alive = this.#alive()
      if (alive.length === 0) return
      for (const id of alive) signalIfThere(id, 'SIGKILL')
    }
  }

  #alive(): number[] {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name) && isAliveIn(this.#group, name))
      .map(Number)
  }

  [Symbol.dispose](): void {
    this.kill()
    rmSync(this.#mark, { force: true })
  }
}

/** By the real group, which only the privileged may change (credentials(7)). What is dead and not yet waited for is not alive. */
function isAliveIn(group: number, process: string): boolean {
  try {
    const status = readFileSync(`/proc/${process}/status`, 'latin1')
    return new RegExp(`^Gid:\\t${group}\\t`, 'm').test(status) && !/^State:\tZ/m.test(status)
  } catch {
    // It has ended since it was listed.
    return false
  }
}
