import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, cpSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { handwave, LAUNCHER, ROOT } from '../handwave.ts'

const ASSIGNMENT = join(ROOT, 'test/grade/fixtures/two-parts.ts')
const SOLUTION = join(ROOT, 'labs/assignments/echo-server/solution')

describe('a class that is marked again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const names = ['anna', 'bert', 'carl', 'dora']
  const submissions = names.map(name => join(folder, name))
  for (const place of submissions) cpSync(SOLUTION, place, { recursive: true })
  const out = join(folder, 'out')
  const files = () => readdirSync(out, { recursive: true, encoding: 'utf8' })
  const resultsOf = (name: string) => join(out, name, 'results.json')

  it('goes on where it was interrupted, and every file is whole', async () => {
    const first = execa(process.execPath, [LAUNCHER, 'grade', ASSIGNMENT, ...submissions, '--out', out], {
      reject: false,
    })
    await new Promise(resolve => first.stderr.once('data', resolve))
    first.kill('SIGINT')
    const { exitCode } = await first
    expect(exitCode).toBe(130)
    const done = names.filter(name => files().includes(join(name, 'results.json')))
    expect(done.length).toBeGreaterThan(0)
    expect(done.length).toBeLessThan(names.length)
    expect(files().filter(name => name.endsWith('.part') || name === 'class.csv')).toEqual([])
    const before = done.map(name => statSync(resultsOf(name)).mtimeMs)

    const { exitCode: status, stderr } = await handwave('grade', ASSIGNMENT, ...submissions, '--out', out)
    expect(status).toBe(0)
    expect(done.map(name => statSync(resultsOf(name)).mtimeMs)).toEqual(before)
    for (const name of names) expect(stderr.includes(`${name}  3/3`)).toBe(!done.includes(name))
    expect(readFileSync(join(out, 'class.csv'), 'utf8')).toBe(
      ['submission,answers (1),echoes (2),points,remark', ...names.map(name => `${name},1,2,3,`), ''].join('\r\n'),
    )
  })

  it('marks what has changed, and nothing else', async () => {
    writeFileSync(join(folder, 'bert', 'echo.py'), 'exit(3)\n')
    const { exitCode, stderr, stdout } = await handwave('grade', ASSIGNMENT, ...submissions, '--out', out)
    expect(exitCode).toBe(1)
    expect(stderr).toBe('Grading: bert  0/3')
    expect(stdout).toContain('3/3')
    expect(readFileSync(join(out, 'bert', 'feedback.md'), 'utf8')).toContain('it ended with status 3')
    expect(readFileSync(join(out, 'bert', 'junit.xml'), 'utf8')).toContain('tests="2" failures="2"')
  })
})
