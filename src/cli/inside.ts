import { runInside } from '../lab/inside.ts'
import type { InsideRequest } from '../lab/inside-request.ts'
import { interruptSignal } from './interrupt.ts'

export const usage = 'handwave inside: started by handwave itself, inside the lab kernel or beside it.\n'

export async function run([request = '{}']: readonly string[]): Promise<number> {
  await runInside(JSON.parse(request) as InsideRequest, interruptSignal())
  // A play is whatever somebody has written: what it has left running keeps nobody here.
  process.exit(0)
}
