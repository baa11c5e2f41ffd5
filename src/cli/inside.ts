import { runInside } from '../lab/inside.ts'
import type { InsideRequest } from '../lab/inside-request.ts'
import { interruptSignal } from './interrupt.ts'

export const usage = 'handwave inside: started by handwave itself, inside the lab kernel or beside it.\n'

export async function run([request = '{}']: readonly string[]): Promise<number> {
  await runInside(JSON.parse(request) as InsideRequest, interruptSignal())
  await allIsSaid()
  // A play is whatever somebody has written: what it has left running keeps nobody here.
  process.exit(0)
}

/** A pipe takes what it has room for; the rest is written when its reader has taken that. */
function allIsSaid(): Promise<void> {
  return new Promise(resolve => process.stdout.write('', () => resolve()))
}
