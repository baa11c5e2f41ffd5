import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { findLab, loadWanted } from '../lab/catalogue.ts'
import { resolveOwnName } from '../lab/load.ts'
import { describeLab } from '../report/lab.ts'

export const usage = `handwave show <lab>

What a lab teaches, what is set for it, its picture in each of its cases, where Linux departs
from it, and the claims that it puts to the kernel. Nothing is run.
`

export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  if (positionals.length === 0) throw new UsageError('NO_LAB', 'Which lab?', { hint: 'handwave list names them.' })
  resolveOwnName()
  const labs: string[] = []
  for (const asked of positionals) labs.push(describeLab(await loadWanted(findLab(asked)), process.stdout))
  process.stdout.write(labs.join('\n'))
  return 0
}
