import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { LAUNCHER, ROOT } from '../handwave.ts'

const BIN = join(ROOT, 'node_modules/.bin')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handwave-new-'))
})

afterAll(async () => await rm(folder, { recursive: true, force: true }))

async function handwave(...args: string[]) {
  return await execa(process.execPath, [LAUNCHER, ...args], { cwd: folder, reject: false, stdin: 'ignore' })
}

describe('handwave new', () => {
  let file: string
  let text: string

  beforeAll(async () => {
    const { exitCode, stdout } = await handwave('new', 'slow-hello')
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('run ./slow-hello.ts --on kernel'),
    })
    file = join(folder, 'slow-hello.ts')
    text = await readFile(file, 'utf8')
  })

  it('writes a lab that passes, every row and every claim', async () => {
    const { exitCode, stdout } = await handwave('run', './slow-hello.ts', '--on', 'kernel', '--json')
    const [lab] = (JSON.parse(stdout) as RunDocument).labs
    expect({ exitCode, id: lab?.id, title: lab?.title }).toEqual({ exitCode: 0, id: 'slow-hello', title: 'Slow hello' })
    expect(lab?.claims.map(({ id, finding }) => `${id} ${finding}`)).toEqual(['C09 holds', 'C18 holds'])
  })

  it.each([
    ['a number', '<ACK=x+6>', '<ACK=x+5>'],
    ['a state', 'SYN-SENT ', 'CLOSED   '],
  ])('which fails, as its comments say, once %s of its picture is changed', async (_what, from, to) => {
    const changed = text.replace(from, to)
    expect(changed).not.toBe(text)
    await writeFile(join(folder, 'changed.ts'), changed)
    expect((await handwave('run', './changed.ts', '--on', 'kernel')).exitCode).toBe(1)
  })

  it('and leaves a file of that name as it is', async () => {
    await writeFile(join(folder, 'mine.ts'), '// mine')
    const { exitCode, stdout, stderr } = await handwave('new', 'mine')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/mine\.ts here already/)
    expect(await readFile(join(folder, 'mine.ts'), 'utf8')).toBe('// mine')
  })

  it('is formatted like the labs that come with handwave', async () => {
    const labs = join(ROOT, 'labs/slow-hello.ts')
    const { stdout } = await execa(join(BIN, 'biome'), ['format', `--stdin-file-path=${labs}`], {
      cwd: ROOT,
      input: text,
      stripFinalNewline: false,
    })
    expect(stdout).toBe(text)
  })

  it("holds under this project's strict types", async () => {
    const compilerOptions = {
      typeRoots: [join(ROOT, 'node_modules/@types')],
      paths: { handwave: [join(ROOT, 'src/index.ts')] },
    }
    const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, files: [file] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    const { exitCode, stdout } = await execa(join(BIN, 'tsc'), ['--project', folder], { reject: false })
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' })
  })

  it.each([
    [[], /one name/, /handwave new lost-data/],
    [['one', 'two'], /one name/, /handwave new lost-data/],
    [['LostData'], /'LostData' is no name/, /Did you mean lost-data\?/],
    [['./lost_data.lab.ts'], /is no name/, /Did you mean lost-data\?/],
    [['ünïcode'], /is no name/, /Did you mean unicode\?/],
    [['Прощай'], /is no name/, /Small letters/],
    [['***'], /is no name/, /Small letters/],
    [['time-wait'], /comes with handwave/, /show time-wait/],
  ])('refuses %j', async (args, message, hint) => {
    const { exitCode, stdout, stderr } = await handwave('new', ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(hint)
  })
})
