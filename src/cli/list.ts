import { findLab, labNames, loadWanted } from '../lab/catalogue.ts'
import { resolveOwnName } from '../lab/load.ts'

export const usage = `handwave list

The labs that come with handwave, with their cases. A case is run as lab/case.
`

export async function run(): Promise<number> {
  resolveOwnName()
  for (const name of labNames()) {
    const cases = await loadWanted(findLab(name))
    const named = cases.flatMap(({ name }) => name ?? [])
    process.stdout.write(`${name.padEnd(24)} ${cases[0]?.spec.title ?? ''}\n`)
    if (named.length > 0)
      process.stdout.write(`${' '.repeat(24)} cases: ${named.map(one => `${name}/${one}`).join(', ')}\n`)
  }
  return 0
}
