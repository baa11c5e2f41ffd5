import { parseArgs } from 'node:util'
import { findLab, labNames, loadWanted } from '../lab/catalogue.ts'
import { chaptersOf } from '../lab/chapters.ts'
import { resolveOwnName } from '../lab/load.ts'
import { pageOf } from '../report/page.ts'
import { wrap } from '../report/wrap.ts'

export const usage = `handwave list

The labs that come with handwave, with their cases, in an order in which to read them. A case is
run as lab/case.
`

/** Room for a lab's name, in front of its title. */
const NAMES = 26

export async function run(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: {} })
  resolveOwnName()
  const page = pageOf(process.stdout)
  const lists: string[] = []
  for (const { heading, labs } of chaptersOf(labNames())) {
    const lines = [page.paint('bold', heading)]
    for (const name of labs) {
      const cases = await loadWanted(findLab(name))
      const named = cases.flatMap(({ name }) => name ?? []).map(one => `${name}/${one}`)
      lines.push(`  ${name}`.padEnd(NAMES) + (cases[0]?.spec.title ?? ''))
      if (named.length > 0)
        lines.push(...wrap(`cases: ${named.join(', ')}`, page.width - NAMES).map(line => ' '.repeat(NAMES) + line))
    }
    lists.push(`${lines.join('\n')}\n`)
  }
  process.stdout.write(lists.join('\n'))
  return 0
}
