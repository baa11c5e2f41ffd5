import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { labNames } from '../lab/catalogue.ts'
import { errnoOf } from '../testbed/errno.ts'
import { CALLED } from './called.ts'
import { newLab } from './new-lab.ts'

export const usage = `handwave new <name>

Writes <name>.ts in this folder: a small lab that passes as it stands, with comments on how
to go on from there. A name is small letters and digits, with hyphens: lost-data.
`

export async function run(args: readonly string[]): Promise<number> {
  const name = readName(args)
  const file = `${name}.ts`
  await writeAnew(file, newLab(name))
  process.stdout.write(`${file} is a lab that passes as it stands. Run it, change its picture, and run it again:\n`)
  process.stdout.write(`  ${CALLED} run ./${file} --on kernel\n`)
  return 0
}

const KEBAB_CASE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

function readName(args: readonly string[]): string {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) {
    throw new UsageError('LAB_NAME', 'A new lab needs one name.', { hint: 'handwave new lost-data' })
  }
  if (!KEBAB_CASE.test(name)) {
    const near = toKebabCase(name)
    throw new UsageError('LAB_NAME', `'${name}' is no name for a lab.`, {
      hint: KEBAB_CASE.test(near) ? `Did you mean ${near}?` : 'Small letters and digits, with hyphens: lost-data.',
    })
  }
  if (labNames().includes(name)) {
    throw new UsageError('LAB_NAME', `There is a lab named '${name}', which comes with handwave.`, {
      hint: `Choose another name. What is in that lab: ${CALLED} show ${name}`,
    })
  }
  return name
}

/** What was probably meant by `LostData`, `lost_data` or `./lost-data.ts`. */
function toKebabCase(text: string): string {
  return (
    text
      .replace(/(?:\.lab)?\.[cm]?[jt]s$/, '')
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
      .toLowerCase()
      // A letter is better than the gap that its accent would leave.
      .normalize('NFKD')
      .replaceAll(/\p{Mark}/gu, '')
      // One that is in no name stays, and nothing is suggested.
      .replaceAll(/[^\p{L}0-9]+/gu, '-')
      .replaceAll(/^-|-$/g, '')
  )
}

async function writeAnew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    const code = errnoOf(cause)
    if (code === 'EEXIST') {
      throw new UsageError('FILE_EXISTS', `There is a file ${file} here already, and it stays as it is.`, {
        hint: 'Choose another name, or move that file away.',
        cause,
      })
    }
    throw new UsageError('FILE', `${file} cannot be written in this folder (${code}).`, {
      hint: 'Go to a folder that is yours.',
      cause,
    })
  }
}
