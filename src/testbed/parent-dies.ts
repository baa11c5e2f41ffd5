/**
 * Begins a command line: should this process be killed, so is the program (prctl(2), PR_SET_PDEATHSIG). Of a parent that
 * died before that was arranged nobody would hear: afterwards the program looks whether it is still its parent's child.
 */
export function parentDies(): [string, ...string[]] {
  return ['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)]
}
