import { basename } from 'node:path'
import type { AssignmentSpec } from './assignment.ts'
import { ENDINGS, type HowToRun, howToRun, programsIn } from './languages.ts'
import type { Submission } from './submission.ts'

/** What of a submission is run: its program, or none where none is asked for. Or why there is nothing to run. */
export type Chosen =
  | { readonly how: HowToRun | null; readonly remark: string | null; readonly reason?: never }
  | { readonly how?: never; readonly remark?: never; readonly reason: string }

export function chooseProgram({ files, refused }: Submission, { program }: AssignmentSpec): Chosen {
  if (refused !== null) return { reason: `The submission could not be taken in. ${refused}` }
  if (!program) return { how: null, remark: null }
  const [first, ...others] = programsIn(program.file, files)
  if (first === undefined) return { reason: noProgram(program.file, files) }
  // A compiler's output beside its source is no second program.
  const rivals = others.filter(file => file !== program.file)
  const remark =
    rivals.length === 0
      ? null
      : `There are several programs named ${program.file}: of ${listed([first, ...rivals])} the first was run.`
  return { how: howToRun(first), remark }
}

function noProgram(name: string, files: readonly string[]): string {
  const wanted = `${name} with one of the endings ${ENDINGS.join(', ')}, or without one and with a first line that begins with #!`
  const deeper = files.find(file => file.includes('/') && programsIn(name, [basename(file)]).length > 0)
  if (deeper !== undefined)
    return `There is no program named ${name} at its top (${wanted}). ${JSON.stringify(deeper)} is in a folder: hand that folder in, or what is in it.`
  const found = files.length > 0 ? listed(files.slice(0, 8).map(file => JSON.stringify(file))) : 'nothing'
  return `There is no program named ${name} in it: ${wanted}. It holds ${found}.`
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
