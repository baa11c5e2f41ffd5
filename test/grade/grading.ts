import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GradescopeResults } from '../../src/grade/formats/gradescope.ts'
import { handwave } from '../handwave.ts'

/** What grading left, by the name of the submission's folder there. */
export interface ClassMarks {
  readonly status: number | undefined
  readonly stdout: string
  readonly stderr: string
  readonly table: string
  readonly results: Readonly<Record<string, GradescopeResults>>
}

export async function grade(
  assignment: string,
  submissions: readonly string[],
  ...more: string[]
): Promise<ClassMarks> {
  const out = mkdtempSync(join(tmpdir(), 'handwave-grades-'))
  try {
    const { exitCode, stdout, stderr } = await handwave('grade', assignment, ...submissions, '--out', out, ...more)
    const folders = readdirSync(out, { withFileTypes: true }).filter(entry => entry.isDirectory())
    const results = folders.map(({ name }) => [
      name,
      JSON.parse(readFileSync(join(out, name, 'results.json'), 'utf8')) as GradescopeResults,
    ])
    if (folders.length === 0) throw new Error(`Nothing was graded (status ${exitCode}): ${stderr}`)
    const table = readFileSync(join(out, 'class.csv'), 'utf8')
    return { status: exitCode, stdout, stderr, table, results: Object.fromEntries(results) }
  } finally {
    await rm(out, { recursive: true })
  }
}
