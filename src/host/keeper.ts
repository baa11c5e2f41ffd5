import { type ChildProcess, spawn } from 'node:child_process'

/**
 * A shell that ends process groups, should this process go without having done so: its standard input closes then, even
 * if that was SIGKILL. Unlike PR_SET_PDEATHSIG it ends a program's children, too, and a program that changes its user.
 */
export class Keeper implements Disposable {
  readonly #shell: ChildProcess

  constructor() {
    // A session of its own: what is meant for this process, from a terminal, must not end its keeper first.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: {} })
    this.#shell.on('error', error => {
      throw error
    })
    // Should somebody else end it, there is nothing that could be done.
    this.#shell.stdin?.on('error', () => {})
    this.#shell.unref()
  }

  keep(group: number): void {
    this.#shell.stdin?.write(`keep ${group}\n`)
  }

  /** That group is no more: its number may soon be another's. */
  release(group: number): void {
    this.#shell.stdin?.write(`release ${group}\n`)
  }

  [Symbol.dispose](): void {
    this.#shell.stdin?.end()
  }
}

const SCRIPT = `
groups=
while read -r word group; do
  case $word in
    keep) groups="$groups $group" ;;
    release)
      others=
      for other in $groups; do [ "$other" = "$group" ] || others="$others $other"; done
      groups=$others ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
`
