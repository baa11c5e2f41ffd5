import { gradeInside } from '../grade/inside.ts'
import type { GradeRequest } from '../grade/work.ts'
import { interruptSignal } from './interrupt.ts'

export const usage = 'handwave grade-inside: started by handwave itself, inside the lab kernel.\n'

export async function run([request = '{}']: readonly string[]): Promise<number> {
  await gradeInside(JSON.parse(request) as GradeRequest, interruptSignal())
  return 0
}
