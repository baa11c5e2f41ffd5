import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '../errors.ts'
import { nearest } from '../ladder/nearest.ts'
import { LABS_FOLDER } from '../lab/load.ts'
import type { Assignment } from './assignment.ts'
import { checkAssignment } from './check-assignment.ts'

const ASSIGNMENTS_FOLDER = join(LABS_FOLDER, 'assignments')

export function assignmentNames(): string[] {
  return readdirSync(ASSIGNMENTS_FOLDER, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** Where an assignment's file is: one that comes with handwave by its name, any other by its path. */
export function findAssignment(asked: string): string {
  if (/\.[cm]?[jt]s$/.test(asked)) return resolve(asked)
  const found = ['.ts', '.js']
    .map(ending => join(ASSIGNMENTS_FOLDER, asked, `assignment${ending}`))
    .find(file => assignmentNames().includes(asked) && existsSync(file))
  if (found !== undefined) return found
  const near = nearest(asked, assignmentNames())
  throw new UsageError('NO_SUCH_ASSIGNMENT', `There is no assignment named '${asked}'.`, {
    hint: near === null ? `There are ${assignmentNames().join(', ')}.` : `Did you mean ${near}?`,
  })
}

export async function loadAssignment(file: string): Promise<Assignment> {
  if (!existsSync(file)) throw new UsageError('NO_FILE', `There is no file ${file}.`)
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError('ASSIGNMENT', `${file} does not load: ${message}`, { cause })
  }
  const { default: assignment } = module
  if (isAssignment(assignment)) {
    checkAssignment(assignment.assignment, file)
    return assignment
  }
  throw new UsageError('ASSIGNMENT', `${file}: expected 'export default assignment({ … })', found none.`, {
    hint: "import { assignment } from 'handwave'",
  })
}

function isAssignment(value: unknown): value is Assignment {
  return typeof value === 'object' && value !== null && 'assignment' in value
}
