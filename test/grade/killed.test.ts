import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { World } from '../cli/world.ts'
import { ROOT } from '../handwave.ts'

const WHY_NOT = process.getuid?.() === 0 ? null : 'only root can list a world of its own'

it('a class run that is killed leaves folders for clean, and goes on where it stopped', async context => {
  if (WHY_NOT !== null) context.skip(WHY_NOT)
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  await using world = await World.open()
  try {
    const names = ['anna', 'bert', 'carl', 'dora', 'emil', 'fred']
    const submissions = names.map(name => join(folder, name))
    for (const place of submissions)
      cpSync(join(ROOT, 'labs/assignments/echo-server/solution'), place, { recursive: true })
    const out = join(folder, 'out')
    const grade = () =>
      world.handwave(
        'grade',
        join(ROOT, 'test/grade/fixtures/two-parts.ts'),
        ...submissions,
        '--out',
        out,
        '--jobs',
        '2',
      )
    const resultsOf = (name: string) => join(out, name, 'results.json')
    const marked = () => names.filter(name => existsSync(resultsOf(name)))

    const killed = await grade()
    for (let waitedMs = 0; marked().length === 0 && waitedMs < 60_000; waitedMs += 10) await sleep(10)
    process.kill(killed.pid, 'SIGKILL')
    await killed.ended
    const left = await world.left()
    expect(left.filter(line => !line.startsWith('temporary '))).toEqual([])
    expect(left.length).toBeGreaterThan(0)
    const { stdout } = await (await world.handwave('clean')).ended
    expect(stdout.split('\n').length).toBe(left.length)
    expect(await world.left()).toEqual([])

    const done = marked()
    expect(done.length).toBeLessThan(names.length)
    const before = done.map(name => statSync(resultsOf(name)).mtimeMs)
    const { exitCode, stderr } = await (await grade()).ended
    expect(exitCode).toBe(0)
    expect(done.map(name => statSync(resultsOf(name)).mtimeMs)).toEqual(before)
    for (const name of names) expect(stderr.includes(`${name}  3/3`)).toBe(!done.includes(name))
    const table = ['submission,answers (1),echoes (2),points,remark', ...names.map(name => `${name},1,2,3,`), '']
    expect(readFileSync(join(out, 'class.csv'), 'utf8')).toBe(table.join('\r\n'))
    expect(await world.left()).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
