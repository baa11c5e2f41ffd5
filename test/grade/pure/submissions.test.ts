import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AssignmentSpec } from '../../../src/grade/assignment.ts'
import { chooseProgram } from '../../../src/grade/choose-program.ts'
import type { Marks } from '../../../src/grade/marks.ts'
import { MarksFolder } from '../../../src/grade/shelf.ts'
import { type Submission, takeInAll } from '../../../src/grade/submission.ts'
import { zipOf } from '../zip-of.ts'
import { PASSED } from './passed.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function put(path: string, text: string | Buffer = 'x'): string {
  const place = join(folder, path)
  mkdirSync(join(place, '..'), { recursive: true })
  writeFileSync(place, text)
  return place
}

const takeIn = (...paths: string[]) =>
  takeInAll(
    paths.map(path => join(folder, path)),
    join(folder, 'taken'),
  )

describe('submissions', () => {
  it('are called by the last step of their paths, and by as many more as tell them apart', () => {
    for (const path of ['anna/a.py', 'bert.zip/a.py', '1/carl/a.py', '2/carl/a.py', '2/dora/a.py']) put(path)
    expect(takeIn('anna', 'bert.zip', '1/carl', '2/carl', '2/dora').map(({ name }) => name)).toEqual([
      'anna',
      'bert',
      '1/carl',
      '2/carl',
      'dora',
    ])
  })

  it('are marked once, however often they are named', () => {
    put('anna/a.py')
    expect(takeIn('anna', 'anna/', './anna')).toHaveLength(1)
  })

  it('of a folder and a zip that are called the same neither hides the other', () => {
    put('anna/a.py')
    put('anna.zip', zipOf([{ name: 'b.py' }]))
    const taken = takeIn('anna', 'anna.zip')
    expect(new Set(taken.map(({ name }) => name)).size).toBe(2)
    expect(taken.map(({ files }) => files)).toEqual([['a.py'], ['b.py']])
  })

  it('may be a single file', () => {
    put('echo.py', 'hello')
    const [file] = takeIn('echo.py')
    expect(file).toMatchObject({ name: 'echo.py', files: ['echo.py'], refused: null })
    expect(readFileSync(join(file?.folder ?? '', 'echo.py'), 'utf8')).toBe('hello')
  })

  it('may be a zip, whatever it is called; what is called a zip must be one', () => {
    put('archive', zipOf([{ name: 'top/echo.py' }]))
    put('false.zip', 'PK')
    const [zip, other] = takeIn('archive', 'false.zip')
    expect(zip).toMatchObject({ files: ['echo.py'] })
    expect(other?.refused).toBe('It is no zip archive.')
  })
})

describe('a submission that cannot be taken in', () => {
  const refusal = (path: string) => takeIn('anna', path).map(({ refused }) => refused)

  beforeEach(() => put('anna/echo.py'))

  it.each(['pipe', 'link', 'dangling', 'loop'])('because it is a %s keeps nobody else from being marked', kind => {
    const place = join(folder, 'it')
    if (kind === 'pipe') execFileSync('mkfifo', [place])
    else symlinkSync({ link: join(folder, 'anna'), dangling: 'nowhere' }[kind] ?? 'it', place)
    expect(refusal('it')).toEqual([null, expect.stringMatching(/no file and no folder/)])
  })

  it.each([
    ['a file and a folder of one name', [{ name: 'a' }, { name: 'a/b' }], /file and a folder of one name/],
    ['a folder and a file of one name', [{ name: 'a/b' }, { name: 'a' }], /file and a folder of one name/],
    ['a name of three hundred letters', [{ name: 'n'.repeat(300) }], /too long/],
    ['a path that is too deep', [{ name: `${'d/'.repeat(3000)}x` }], /too long/],
  ])('because it holds %s keeps nobody else from being marked', (_, entries, why) => {
    put('it.zip', zipOf([{ name: 'top' }, ...entries]))
    expect(refusal('it.zip')).toEqual([null, expect.stringMatching(why)])
  })

  it('because a name in it is no text keeps nobody else from being marked', () => {
    mkdirSync(join(folder, 'it'))
    writeFileSync(Buffer.from(`${join(folder, 'it')}/caf\xe9.py`, 'latin1'), 'x')
    expect(refusal('it')).toEqual([null, expect.stringMatching(/no text in UTF-8/)])
  })
})

describe('a program', () => {
  const spec = { title: '', program: { runsAt: 'server', file: 'echo' }, parts: {} } satisfies AssignmentSpec
  const chosenOf = (...files: string[]) =>
    chooseProgram({ name: 'anna', folder: '/x', files, refused: null, fingerprint: '' }, spec)

  it('is found by its name, and what a compiler has made of it is no other one', () => {
    expect(chosenOf('echo.c', 'echo', 'README')).toMatchObject({ how: { start: ['/build/program'] }, remark: null })
    expect(chosenOf('echo')).toMatchObject({ how: { start: ['./echo'] } })
  })

  it('beside which there is another one is run, and that is said', () => {
    expect(chosenOf('echo.js', 'echo.py')).toMatchObject({
      how: { start: ['python3', 'echo.py'] },
      remark: 'There are several programs named echo: of echo.py and echo.js the first was run.',
    })
  })

  it('that is not where it should be is told where it is', () => {
    expect(chosenOf('README', 'src/echo.py').reason).toMatch(
      /no program named echo at its top.*"src\/echo.py" is in a folder/,
    )
    expect(chosenOf('README', 'src/other.py').reason).toMatch(/It holds "README" and "src\/other.py"/)
  })
})

describe('the folder of marks', () => {
  const submission = (name: string): Submission => ({
    name,
    folder: '',
    files: [],
    refused: null,
    fingerprint: `of ${name}`,
  })
  const marks = (name: string): Marks => ({
    ...submission(name),
    remark: null,
    parts: [PASSED],
  })
  const open = (version = '1') => new MarksFolder(join(folder, 'grades'), 'Title', version)
  const table = () => readFileSync(join(folder, 'grades/class.csv'), 'utf8').split('\r\n').slice(1, -1)

  it('keeps in its table whoever was marked into it before', () => {
    const first = open()
    for (const name of ['anna', 'bert']) first.leave(marks(name))
    first.leaveTable([marks('anna'), marks('bert')])
    const second = open()
    second.leave(marks('late'))
    expect(second.leaveTable([marks('late')])).toEqual([])
    expect(table()).toEqual(['late,1,1,', 'anna,1,1,', 'bert,1,1,'])
  })

  it('names those whose marks are of another version, and takes none of them', () => {
    open('1').leave(marks('anna'))
    const next = open('2')
    expect(next.find(submission('anna'))).toBeNull()
    next.leave(marks('bert'))
    expect(next.leaveTable([marks('bert')])).toEqual(['anna'])
    expect(table()).toEqual(['bert,1,1,'])
  })

  it('gives each a place of its own, whoever else is marked', () => {
    const names = ['a b', 'a_b', 'a/b', '1/anna', '..', 'class.csv', 'class.csv.part', 'x'.repeat(300), 'x'.repeat(301)]
    names.push(`${'好'.repeat(81)} x`, '好'.repeat(81), `${'x'.repeat(99)}😀 y`)
    for (const name of names) open().leave(marks(name))
    for (const name of names) expect(open().find(submission(name))).toMatchObject({ name })
  })

  it.each(['a file', 'below a file', 'nowhere'])('that can be made in no place (%s) is told so', where => {
    const file = put('file')
    const place = { 'a file': file, 'below a file': join(file, 'x') }[where] ?? '/proc/nope/grades'
    expect(() => new MarksFolder(place, 'A server', '1')).toThrow(/^Marks cannot be left in /)
  })

  it('is not led astray by what else lies there', () => {
    put('grades/other/results.json', 'null')
    put('grades/broken/results.json', '{')
    open().leave(marks('anna'))
    expect(open().leaveTable([marks('anna')])).toEqual([])
    expect(open().find(submission('broken'))).toBeNull()
  })
})
