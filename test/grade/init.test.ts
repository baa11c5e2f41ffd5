import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { readZip } from '../../src/grade/zip.ts'
import { handwave, ROOT } from '../handwave.ts'

const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function init(assignment: string, name: string) {
  const out = join(folder, name)
  const { exitCode, stderr } = await handwave('grade', 'init', assignment, '--out', out)
  return { out, exitCode, stderr }
}

function zipIn(out: string): Record<string, string> {
  const files = readZip(readFileSync(join(out, 'gradescope.zip')), 100, 1e8)
  return Object.fromEntries(files.map(({ path, bytes }) => [path, bytes.toString()]))
}

describe("what others' services need to mark by an assignment", () => {
  it('is made twice the same, byte for byte, and over nothing that is there', async () => {
    const [first, second] = [await init('echo-server', 'first'), await init('echo-server', 'second')]
    expect([first, second].map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      [0, 0].map(exitCode => ({ exitCode, stderr: '' })),
    )
    const files = readdirSync(first.out, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    expect(files).toHaveLength(9)
    for (const { parentPath, name } of files) {
      const place = join(parentPath, name)
      expect(readFileSync(place).equals(readFileSync(place.replace(first.out, second.out))), place).toBe(true)
    }
    writeFileSync(join(first.out, 'gradescope.zip'), 'mine')
    const again = await init('echo-server', 'first')
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/gradescope\.zip already[^]*--out dir/) })
    expect(readFileSync(join(first.out, 'gradescope.zip'), 'utf8')).toBe('mine')

    const workflow = join(second.out, 'classroom/.github')
    const inside = await execa('tar', ['-tf', join(workflow, 'handwave/handwave-0.1.0.tgz')])
    expect(inside.stdout).toContain('labs/assignments/echo-server/assignment.js')
    expect(inside.stdout).not.toMatch(/assignments\/[\w-]+\/(solution|wrong|README)/)
    const names = zipIn(second.out)
    expect(Object.keys(names)).toEqual([
      'setup.sh',
      'run_autograder',
      'assignment',
      'points',
      'packages',
      'handwave-0.1.0.tgz',
    ])
    expect([names['assignment'], names['points']]).toEqual(['echo-server\n', '15\n'])
    for (const script of ['setup.sh', 'mark.sh']) await execa('bash', ['-n', join(workflow, 'handwave', script)])
  })

  it("brings an assignment of a teacher's own with what it imports", async () => {
    const own = join(folder, 'own')
    cpSync(join(ROOT, 'test/grade/fixtures/two-parts.ts'), join(own, 'mine.ts'))
    writeFileSync(join(own, 'text.ts'), `export const text: string = 'x'\n`)
    writeFileSync(
      join(own, 'mine.ts'),
      `import { text } from './text.ts'\n${readFileSync(join(own, 'mine.ts'), 'utf8')}\nvoid text\n`,
    )
    const { out, exitCode } = await init(join(own, 'mine.ts'), 'mine')
    expect(exitCode).toBe(0)
    const zip = zipIn(out)
    expect(zip['assignment']).toBe('./own/mine.ts\n')
    expect(zip['own/mine.ts']).toBe(readFileSync(join(own, 'mine.ts'), 'utf8'))
    expect(zip['own/text.ts']).toContain("'x'")
  })

  it.each([
    ['echo-sever', /There is no assignment named 'echo-sever'\.\n +Did you mean echo-server\?/],
    ['./none.ts', /There is no file .*none\.ts/],
  ])('is not made of %s', async (assignment, sentence) => {
    const { exitCode, stderr } = await init(assignment, 'none')
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(sentence) })
    expect(readdirSync(folder)).not.toContain('none')
  })
})
