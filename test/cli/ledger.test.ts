import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CaseRecord } from '../../src/lab/case-record.ts'
import type { ClaimsDocument } from '../../src/report/claims.ts'
import type { CoverageDocument } from '../../src/report/coverage.ts'
import { cacheFolder } from '../../src/testbed/kernel/cache.ts'
import { FIXTURES, LAUNCHER, ROOT } from '../handwave.ts'

/** A cache of this test's own, with the kernels that there are. */
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handwave-ledger-'))
  for (const shared of ['kernels', 'compiled']) await symlink(join(cacheFolder(), shared), join(folder, shared))
})

afterAll(async () => await rm(folder, { recursive: true, force: true }))

beforeEach(async () => await rm(join(folder, 'records'), { recursive: true, force: true }))

const called = async (...args: string[]) =>
  await execa(process.execPath, [LAUNCHER, ...args], {
    cwd: ROOT,
    env: { HANDWAVE_CACHE: folder },
    reject: false,
    stdin: 'ignore',
  })

async function read<T>(...args: string[]): Promise<T> {
  const { stdout, stderr, exitCode } = await called(...args, '--json')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as T
}

const claimOf = async (id: string) => (await read<ClaimsDocument>('claims')).claims.find(claim => claim.id === id)

const records = () => join(folder, 'records/kernel')
const kernels = () => readdirSync(records())
const onlyKernel = () => join(records(), kernels()[0] ?? '')
const recordFile = (name: string) => join(onlyKernel(), `${name}.json`)

/** Puts a record beside those that runs have left. */
function put(kernel: string, name: string, record: Partial<CaseRecord>): void {
  const original = JSON.parse(readFileSync(recordFile(name), 'utf8')) as CaseRecord
  mkdirSync(join(records(), kernel), { recursive: true })
  writeFileSync(join(records(), kernel, `${name}.json`), JSON.stringify({ ...original, ...record }))
}

describe('where nothing has been run', () => {
  it.each(['claims', 'coverage'])('%s says so, and by what it is mended', async command => {
    for (const options of [[], ['--json']]) {
      const { exitCode, stdout, stderr } = await called(command, ...options)
      expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
      expect(stderr).toMatch(/^handwave: None of the labs, .* the lab kernel yet\.\n {2}.* run --all --on kernel$/)
    }
    expect((await called(command, '--on', 'netns')).stderr).toMatch(/this machine's own kernel .*--on netns$/s)
  })

  it.each(['claims', 'coverage'])('%s takes no lab, and no other testbed than run does', async command => {
    expect((await called(command, 'time-wait')).exitCode).toBe(2)
    expect(await called(command, '--on', 'moon')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("no testbed 'moon'"),
    })
  })
})

describe('what a run leaves', () => {
  it('is told of later, lab by lab, with the kernel and the time', async () => {
    const before = new Date().toISOString()
    expect((await called('run', 'three-way-handshake')).exitCode).toBe(0)
    expect((await called('run', 'time-wait/one')).exitCode).toBe(0)
    const claims = await read<ClaimsDocument>('claims')
    expect(claims).toMatchObject({
      schema: 'handwave/claims@1',
      testbed: { kind: 'kernel', kernel: kernels()[0], time: 'virtual' },
    })
    expect(claims.from >= before && claims.from < claims.to).toBe(true)
    expect(claims.claims).toHaveLength(56)
    const found = (id: string) => {
      const { finding, shownBy } = claims.claims.find(claim => claim.id === id) ?? {}
      return [finding, ...(shownBy ?? []).map(({ lab, case: name }) => [lab, name])]
    }
    expect(found('C02')).toEqual(['holds', ['three-way-handshake', null]])
    expect(found('C07')).toEqual(['refuted', ['three-way-handshake', null]])
    expect(found('C38')).toEqual(['holds', ['time-wait', 'one']])
    expect(found('C46')).toEqual(['undecided'])

    const coverage = await read<CoverageDocument>('coverage')
    expect(coverage.schema).toBe('handwave/coverage@1')
    expect(coverage.edges).toHaveLength(73)
    const shown = coverage.edges.filter(({ status }) => status === 'shown').map(({ id }) => id)
    expect(shown).toEqual(expect.arrayContaining(['E02', 'E05', 'E12', 'E21', 'E63', 'E64']))
    expect(coverage.shown).toBe(shown.length)
    expect(coverage.edges.find(({ id }) => id === 'E64')?.shownBy).toEqual([{ lab: 'time-wait', case: 'one' }])

    const text = await called('claims')
    expect(text.stdout).toMatch(/^ {2}C02 holds +Opening takes/m)
    expect((await called('coverage')).stdout).toMatch(/^ {2}✓ E64 /m)
  })

  it('is of the lab as it is now, and of the kernel that was run last', async () => {
    await called('run', 'three-way-handshake', 'normal-close')
    expect(await claimOf('C26')).toMatchObject({ finding: 'holds' })
    // Of a version of the file that is there no more.
    put(kernels()[0] ?? '', 'normal-close', { source: 'another' })
    expect(await claimOf('C26')).toMatchObject({ finding: 'undecided', why: expect.stringContaining('normal-close') })
    // Of another kernel, once before and once after.
    put('6.1.0', 'three-way-handshake', { at: '2020-01-01T00:00:00.000Z', claims: [] })
    expect(await claimOf('C02')).toMatchObject({ finding: 'holds' })
    put('6.1.0', 'three-way-handshake', { at: '2999-01-01T00:00:00.000Z', claims: [] })
    expect(await claimOf('C02')).toMatchObject({ finding: 'undecided' })
    expect((await read<ClaimsDocument>('claims')).testbed.kernel).toBe('6.1.0')
  })

  it('is taken for nothing where it is no record', async () => {
    await called('run', 'three-way-handshake', 'normal-close')
    writeFileSync(recordFile('normal-close'), '{"schema": "handwave/case@1", "la')
    expect(await claimOf('C26')).toMatchObject({ finding: 'undecided' })
    writeFileSync(recordFile('normal-close'), '{"schema": "handwave/case@2"}')
    expect(await claimOf('C26')).toMatchObject({ finding: 'undecided' })
    expect(await claimOf('C02')).toMatchObject({ finding: 'holds' })
  })

  it("is nothing where labs are not run as they are written, and nothing of a user's own", async () => {
    await called('run', 'three-way-handshake', '--delay', '5ms')
    await called('run', 'three-way-handshake', '--loss', '0%')
    await called('run', join(FIXTURES, 'half-close.lab.ts'))
    expect(existsSync(records())).toBe(false)
  })

  it('may fail to be written, and the run is none the worse', async () => {
    writeFileSync(join(folder, 'records'), 'in the way')
    const { exitCode, stdout, stderr } = await called('run', 'three-way-handshake')
    expect({ exitCode, passed: stdout.includes('1 passed') }).toEqual({ exitCode: 0, passed: true })
    expect(stderr).toMatch(/^handwave: what was found is not kept for claims and coverage: /m)
  })
})
