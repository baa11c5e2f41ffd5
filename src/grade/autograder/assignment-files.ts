import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { UsageError } from '../../errors.ts'
import type { FileToWrite } from '../write-zip.ts'

const IMPORTS = /(?:\bfrom|\bimport|\bimport\s*\()\s*(['"])([^'"\n]+)\1/g

/** An assignment's file and those that it imports, wherever they are: what marks depend on. */
export function filesBehind(file: string, found = new Map<string, Buffer>()): ReadonlyMap<string, Buffer> {
  if (found.has(file) || !existsSync(file)) return found
  const bytes = readFileSync(file)
  found.set(file, bytes)
  for (const specifier of importsIn(bytes))
    if (specifier.startsWith('.')) filesBehind(join(dirname(file), specifier), found)
  return found
}

/** A teacher's assignment and the files that it imports: all that has to be where it is to be loaded again. */
export function assignmentFiles(file: string): FileToWrite[] {
  const files = filesBehind(file)
  const pathOf = (place: string) => relative(dirname(file), place)
  for (const [place, bytes] of files) {
    for (const specifier of importsIn(bytes)) {
      const imported = join(dirname(place), specifier)
      if (!specifier.startsWith('.')) requireOurs(specifier, pathOf(place))
      else if (pathOf(imported).startsWith('..'))
        throw notTaken(
          pathOf(place),
          pathOf(imported),
          'which lies outside its folder',
          'Put it beside the assignment.',
        )
      else if (!files.has(imported))
        throw notTaken(pathOf(place), pathOf(imported), 'which is not there', 'Write its name with its ending.')
    }
  }
  return [...files].map(([place, bytes]) => ({ path: pathOf(place), bytes, isProgram: false }))
}

function requireOurs(specifier: string, importer: string): void {
  if (specifier === 'handwave' || specifier.startsWith('node:')) return
  throw notTaken(importer, specifier, 'a package that will not be there', "Import from 'handwave', node: and files.")
}

function importsIn(bytes: Buffer): string[] {
  return [...bytes.toString().matchAll(IMPORTS)].map(([, , specifier = '']) => specifier)
}

function notTaken(importer: string, what: string, why: string, hint: string): UsageError {
  return new UsageError('ASSIGNMENT_IMPORT', `${importer} imports ${what}, ${why}.`, { hint })
}
