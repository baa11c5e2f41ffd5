import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { findLab, loadWanted } from '../lab/catalogue.ts'
import { CLAIMS, type ClaimId } from '../lab/claim-texts.ts'
import type { LabCase } from '../lab/lab.ts'
import { resolveOwnName } from '../lab/load.ts'
import { drawLadder } from '../ladder/draw.ts'
import { parseLadder } from '../ladder/parse.ts'

export const usage = `handwave show <lab>

What a lab teaches, its picture, and the claims that it puts to the kernel. Nothing is run.
`

export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  if (positionals.length === 0) throw new UsageError('NO_LAB', 'Which lab?', { hint: 'handwave list names them.' })
  resolveOwnName()
  for (const asked of positionals) {
    const cases = await loadWanted(findLab(asked))
    process.stdout.write(cases.map(shown).join('\n'))
  }
  return 0
}

function shown({ id, name, spec }: LabCase, index: number): string {
  const claims = Object.entries(spec.claims ?? {}).map(
    ([claim, { expected }]) => `  ${claim}  ${CLAIMS[claim as ClaimId]}  (expected: ${expected})`,
  )
  return [
    ...(index === 0 ? [spec.title, '', spec.lesson, ''] : []),
    ...(name === null ? [] : [`${id}/${name}`, '']),
    drawLadder(parseLadder(spec.ladder)),
    '',
    ...(claims.length > 0 ? ['Claims:', ...claims, ''] : []),
  ].join('\n')
}
