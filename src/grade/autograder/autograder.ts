import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ADDON_NEEDS } from '../../testbed/addon.ts'
import { readRecipe } from '../../testbed/kernel/recipe.ts'
import { HOST_NEEDS, packagesOf } from '../../testbed/needs.ts'
import { assignmentNames, findAssignment, loadAssignment } from '../load.ts'
import { type FileToWrite, writeZip } from '../write-zip.ts'
import { assignmentFiles } from './assignment-files.ts'
import { packOwn, withoutSolutions } from './own-package.ts'

const RECIPES = fileURLToPath(new URL('../../../containers/', import.meta.url))
const OWN_FOLDER = 'own'

/** What others' services need to mark by an assignment: it, handwave, and how that is set up there. */
export async function autograderFiles(asked: string): Promise<FileToWrite[]> {
  const assignment = await describe(asked)
  const own = await packOwn()
  const zip = writeZip([...recipe('gradescope', ['setup.sh', 'run_autograder']), ...assignment, own])
  return [
    { path: 'gradescope.zip', bytes: zip, isProgram: false },
    ...within('classroom/.github/workflows', recipe('classroom', ['classroom.yml'])),
    ...within('classroom/.github/handwave', [
      ...recipe('gradescope', ['setup.sh']),
      ...recipe('classroom', ['mark.sh', 'report.mjs']),
      ...assignment,
      withoutSolutions(own),
    ]),
  ]
}

/** The assignment by the name or the place that it has there, its points, and what setting up takes of Debian. */
async function describe(asked: string): Promise<FileToWrite[]> {
  const file = findAssignment(asked)
  const { parts } = (await loadAssignment(file)).assignment
  const points = Object.values(parts).reduce((total, part) => total + part.points, 0)
  const isOwn = !assignmentNames().includes(asked)
  const { needs } = await readRecipe()
  const packages = packagesOf([...HOST_NEEDS, ...ADDON_NEEDS, ...needs])
  return [
    line('assignment', isOwn ? `./${OWN_FOLDER}/${basename(file)}` : asked),
    line('points', `${points}`),
    line('packages', packages.join('\n')),
    ...(isOwn ? within(OWN_FOLDER, assignmentFiles(file)) : []),
  ]
}

function recipe(folder: string, names: readonly string[]): FileToWrite[] {
  return names.map(path => ({
    path,
    bytes: readFileSync(join(RECIPES, folder, path)),
    isProgram: !/\.(?:yml|mjs)$/.test(path),
  }))
}

function line(path: string, text: string): FileToWrite {
  return { path, bytes: Buffer.from(`${text}\n`), isProgram: false }
}

function within(folder: string, files: readonly FileToWrite[]): FileToWrite[] {
  return files.map(file => ({ ...file, path: `${folder}/${file.path}` }))
}
