import { floodInside, type FloodRequest } from '../lab/flood-by-hand.ts'
import { interruptSignal } from './interrupt.ts'

export const usage = 'handwave flood-inside: started by handwave flood, beside it.\n'

export async function run([request = '{}']: readonly string[]): Promise<number> {
  await floodInside(JSON.parse(request) as FloodRequest, interruptSignal())
  return 0
}
