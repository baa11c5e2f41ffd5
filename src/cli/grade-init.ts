import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { autograderFiles } from '../grade/autograder/autograder.ts'
import { assignmentNames } from '../grade/load.ts'
import { resolveOwnName } from '../lab/load.ts'
import { errnoOf } from '../testbed/errno.ts'

/** The second half of `handwave grade`: what others' services need to mark by an assignment. */
export async function init(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: 'string', default: 'autograder' } },
  })
  const [asked, ...more] = positionals
  if (asked === undefined || more.length > 0) {
    throw new UsageError('GRADE_INIT', 'It takes one assignment.', {
      hint: `handwave grade init echo-server\nThere are ${assignmentNames().join(', ')}; or a file: ./my-assignment.ts.`,
    })
  }
  resolveOwnName()
  const folder = values.out
  const files = (await autograderFiles(asked)).map(file => ({ ...file, place: join(folder, file.path) }))
  const there = files.find(({ place }) => existsSync(place))
  if (there) throw exists(there.place)
  for (const { place, bytes, isProgram } of files) {
    await write(place, bytes, isProgram ? 0o755 : 0o644)
  }
  process.stdout.write(
    [
      `${join(folder, 'gradescope.zip')} is an autograder: upload it under Configure Autograder.`,
      `${join(folder, 'classroom')} holds .github: put that into the repository that students start from.`,
      '',
    ].join('\n'),
  )
  return 0
}

async function write(place: string, bytes: Buffer, mode: number): Promise<void> {
  try {
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, bytes, { flag: 'wx', mode })
  } catch (cause) {
    const code = errnoOf(cause)
    if (code === 'EEXIST') throw exists(place)
    throw new UsageError('FILE', `${place} cannot be written (${code}).`, {
      hint: 'Name a folder that is yours: --out dir.',
      cause,
    })
  }
}

function exists(place: string): UsageError {
  return new UsageError('FILE_EXISTS', `There is a file ${place} already, and it stays as it is.`, {
    hint: 'Move it away, or name another folder: --out dir.',
  })
}
