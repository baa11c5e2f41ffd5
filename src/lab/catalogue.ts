import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import type { LabCase } from './lab.ts'
import { LABS_FOLDER, loadLab } from './load.ts'
import { nearest } from '../ladder/nearest.ts'

/** The names of the labs that come with handwave, each the name of its file. */
export function labNames(): string[] {
  return readdirSync(LABS_FOLDER)
    .filter(file => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'))
    .map(file => file.replace(/\.[jt]s$/, ''))
    .sort()
}

/** What was asked for on the command line: where its file is, and which of its cases. */
export interface Wanted {
  readonly file: string
  /** Null for all cases. */
  readonly case: string | null
}

/** `time-wait`, `time-wait/one`, or a file's path. */
export function findLab(asked: string): Wanted {
  if (/\.[cm]?[jt]s$/.test(asked)) return { file: resolve(asked), case: null }
  const [name = '', wantedCase = null] = asked.split('/')
  const file = ['.ts', '.js'].map(ending => join(LABS_FOLDER, name + ending)).find(existsSync)
  if (file !== undefined && labNames().includes(name)) return { file, case: wantedCase }
  const near = nearest(name, labNames())
  throw new UsageError('NO_SUCH_LAB', `There is no lab named '${asked}'.`, {
    hint: near === null ? `There are ${labNames().join(', ')}.` : `Did you mean ${near}?`,
  })
}

export async function loadWanted(wanted: Wanted): Promise<LabCase[]> {
  const cases = await loadLab(wanted.file)
  if (wanted.case === null) return cases
  const chosen = cases.filter(({ name }) => name === wanted.case)
  if (chosen.length > 0) return chosen
  const names = cases.flatMap(({ name }) => name ?? [])
  throw new UsageError('NO_SUCH_CASE', `The lab has no case '${wanted.case}'.`, {
    hint: names.length > 0 ? `Its cases are ${names.join(', ')}.` : 'It has none.',
  })
}
