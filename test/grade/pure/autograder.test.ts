import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { afterEach, describe, expect, it } from 'vitest'
import { assignmentFiles } from '../../../src/grade/autograder/assignment-files.ts'
import { withoutSolutions } from '../../../src/grade/autograder/own-package.ts'
import { writeZip } from '../../../src/grade/write-zip.ts'
import { readZip } from '../../../src/grade/zip.ts'

const REPORT = fileURLToPath(new URL('../../../containers/classroom/report.mjs', import.meta.url))

let folder = ''
const made = () => {
  folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  return folder
}
afterEach(() => {
  if (folder !== '') rmSync(folder, { recursive: true })
  folder = ''
})

describe('a zip', () => {
  const files = [
    { path: 'run_autograder', bytes: Buffer.from('#!/bin/sh\n'), isProgram: true },
    { path: 'assignment/größe.ts', bytes: Buffer.from('x'.repeat(70_000)), isProgram: false },
    { path: 'empty', bytes: Buffer.alloc(0), isProgram: false },
  ]

  it('holds what was put in, for our own reader and for another', async () => {
    const zip = writeZip(files)
    expect(readZip(zip, 10, 1e6)).toEqual(files.map(({ path, bytes }) => ({ path, bytes })))
    writeFileSync(join(made(), 'x.zip'), zip)
    const script =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *[f"{i.filename}:{i.external_attr >> 16:o}" for i in z.infolist()])'
    const { stdout } = await execa('python3', ['-c', script, join(folder, 'x.zip')], { env: { PYTHONUTF8: '1' } })
    expect(stdout).toBe('None run_autograder:100755 assignment/größe.ts:100644 empty:100644')
  })

  it('is the same bytes for the same files', () => {
    expect(
      writeZip(files).equals(writeZip(structuredClone(files).map(f => ({ ...f, bytes: Buffer.from(f.bytes) })))),
    ).toBe(true)
  })
})

describe("an assignment of a teacher's own", () => {
  it('goes with the files that it imports, and that they import', () => {
    mkdirSync(join(made(), 'parts'))
    writeFileSync(
      join(folder, 'mine.ts'),
      `import { assignment, demand } from 'handwave'\nimport { part } from "./parts/one.ts"\nimport 'node:fs'\n`,
    )
    writeFileSync(join(folder, 'parts/one.ts'), `export { two as part } from './two.ts'\n`)
    writeFileSync(join(folder, 'parts/two.ts'), `const { x } = await import('../x.mjs')\nimport '../mine.ts'\n`)
    writeFileSync(join(folder, 'x.mjs'), 'export const x = 1\n')
    writeFileSync(join(folder, 'secret.ts'), '')
    const paths = assignmentFiles(join(folder, 'mine.ts')).map(({ path }) => path)
    expect(paths.toSorted()).toEqual(['mine.ts', 'parts/one.ts', 'parts/two.ts', 'x.mjs'])
  })

  it.each([
    ['../x.ts', /mine\.ts imports \.\.\/x\.ts, which lies outside its folder/],
    ['./x.ts', /mine\.ts imports x\.ts, which is not there/],
    ['lodash', /mine\.ts imports lodash, a package that will not be there/],
  ])('that imports %s is refused', (specifier, sentence) => {
    writeFileSync(join(made(), 'mine.ts'), `import x from '${specifier}'\n`)
    expect(() => assignmentFiles(join(folder, 'mine.ts'))).toThrow(sentence)
  })
})

it('a package for students has all but what solves its assignments', async () => {
  const kept = ['dist/labs/a.js', 'dist/labs/assignments/echo/assignment.js', 'dist/labs/assignments/echo/starter/e.py']
  const taken = ['solution/e.py', 'wrong/way/e.py', 'README.md'].map(path => `dist/labs/assignments/echo/${path}`)
  const long = `dist/${'d'.repeat(90)}/${'f'.repeat(60)}.js`
  for (const path of [...kept, ...taken, long]) {
    mkdirSync(join(folder === '' ? made() : folder, 'package', path, '..'), { recursive: true })
    writeFileSync(join(folder, 'package', path), path.repeat(40))
  }
  const { stdout: tar } = await execa('tar', ['--format=ustar', '-cC', folder, 'package'], { encoding: 'buffer' })
  const { bytes } = withoutSolutions({ path: 'p.tgz', bytes: gzipSync(tar), isProgram: false })
  const { stdout } = await execa('tar', ['-t'], { input: gunzipSync(bytes) })
  const files = stdout.split('\n').filter(path => !path.endsWith('/'))
  expect(files.toSorted()).toEqual([...kept, long].map(path => `package/${path}`).toSorted())
})

it('results are told to the reporter of GitHub Classroom part by part, and hidden parts only by their points', async () => {
  const test = { max_score: 3, output: '', output_format: 'md' }
  const tests = [
    { ...test, name: 'It answers', score: 3, status: 'passed', visibility: 'visible' },
    { ...test, name: 'A secret', score: 0.5, status: 'failed', visibility: 'hidden' },
  ]
  writeFileSync(join(made(), 'results.json'), JSON.stringify({ score: 3.5, tests }))
  const { stdout } = await execa(process.execPath, [REPORT, join(folder, 'results.json')])
  expect(stdout).toMatch(/^result=[\w+/]+=*$/)
  expect(JSON.parse(Buffer.from(stdout.slice('result='.length), 'base64').toString())).toEqual({
    version: 1,
    status: 'fail',
    max_score: 6,
    tests: [
      { name: 'It answers', status: 'pass', score: 3, line_no: 0 },
      { name: 'A hidden part', status: 'fail', score: 0.5, line_no: 0 },
    ],
  })
})
