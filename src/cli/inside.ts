import type { Wanted } from '../lab/catalogue.ts'
import { runInside } from '../lab/inside.ts'

export const usage = 'handwave inside: started by handwave itself, inside the lab kernel.\n'

export async function run([wanted = '[]']: readonly string[]): Promise<number> {
  await runInside(JSON.parse(wanted) as Wanted[])
  return 0
}
