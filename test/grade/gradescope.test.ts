import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GradescopeResults } from '../../src/grade/formats/gradescope.ts'
import { ensureHostImage } from '../../src/testbed/docker/image.ts'
import { ensureKernel } from '../../src/testbed/kernel/build.ts'
import { handwave, ROOT } from '../handwave.ts'
import { requireEngine, whyNoEngineOnMachine } from '../testbed/docker/required.ts'
import { TestEngine } from '../testbed/docker/test-engine.ts'
import { departuresFromFormat } from './gradescope-format.ts'

const WHY_NOT = requireEngine(await whyNoEngineOnMachine())
const SOLUTIONS = join(ROOT, 'labs/assignments/echo-server')
const INSTALLED = '/usr/local/lib/handwave'
const MEMORY = 1024 ** 3

/**
 * Submissions marked as Gradescope does it: by run_autograder, as root of a container with the engine's usual rights and no
 * more. What its setup.sh would have installed and built is this clone and its kernel, for else it would take ten minutes.
 */
describe.skipIf(WHY_NOT !== null)('an autograder in a container like those of Gradescope', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  const source = join(folder, 'out/source')
  let engine: TestEngine
  let image = ''
  let binds: string[] = []

  beforeAll(async () => {
    engine = await TestEngine.get()
    const { signal } = new AbortController()
    image = await ensureHostImage({ engine: engine.api, purpose: 'grading', signal, onProgress: () => {} })
    const { path: kernel, hash } = await ensureKernel({ signal })
    await handwave('grade', 'init', 'echo-server', '--out', join(folder, 'out'))
    await execa('python3', ['-m', 'zipfile', '-e', join(folder, 'out/gradescope.zip'), source])
    const shim = join(folder, 'handwave')
    writeFileSync(shim, `#!/bin/sh\nexec node ${INSTALLED}/bin/handwave.mjs "$@"\n`)
    for (const program of [shim, join(source, 'run_autograder')]) chmodSync(program, 0o755)
    const modules = realpathSync(join(ROOT, 'node_modules'))
    binds = [
      `${ROOT}:${INSTALLED}:ro`,
      ...(modules.startsWith(ROOT) ? [] : [`${modules}:${modules}:ro`]),
      `${dirname(kernel)}:/opt/handwave/kernels/${hash}:ro`,
      `${shim}:/usr/local/bin/handwave:ro`,
      `${source}:/autograder/source:ro`,
      // Debian's package mount, for which a host's image has no use; it is of the same release.
      ...['mount', 'umount'].map(program => `/usr/bin/${program}:/usr/bin/${program}:ro`),
    ]
  })
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  async function mark(submission: string): Promise<{ status: number; said: string; results: GradescopeResults }> {
    const results = mkdtempSync(join(folder, 'results-'))
    const metadata = join(folder, 'submission_metadata.json')
    writeFileSync(metadata, JSON.stringify({ assignment: { total_points: '10.0' } }))
    const container = await engine.api.createContainer({
      Image: image,
      Cmd: ['/autograder/source/run_autograder'],
      WorkingDir: '/autograder',
      // Else what it says would come in packets.
      Tty: true,
      HostConfig: {
        NetworkMode: 'none',
        Memory: MEMORY,
        MemorySwap: MEMORY,
        Binds: [
          ...binds,
          `${submission}:/autograder/submission:ro`,
          `${metadata}:/autograder/submission_metadata.json:ro`,
          `${results}:/autograder/results`,
        ],
      },
    })
    try {
      await container.start()
      const { StatusCode: status } = (await container.wait()) as { StatusCode: number }
      const said = String(await container.logs({ stdout: true, stderr: true }))
      const found = await execa('cat', [join(results, 'results.json')], { reject: false })
      return { status, said, results: JSON.parse(found.stdout || '{}') as GradescopeResults }
    } finally {
      await container.remove({ force: true })
    }
  }

  it.each([
    ['solution', 15],
    ['wrong/one-at-a-time', 13],
  ])('%s gets %d points, in the documented format', async (name, points) => {
    const { status, said, results } = await mark(join(SOLUTIONS, name))
    expect(status, said).toBe(0)
    expect(results.score, results.tests.map(({ output }) => output).join('\n')).toBe(points)
    expect(departuresFromFormat({ ...results })).toEqual([])
    expect(said).toContain('The assignment has 10.0 points on Gradescope, and handwave gives up to 15.')
    expect(said).toContain("kernel that is nobody's")
  })

  it('a hostile program gets a sentence, and sees nothing of it', async () => {
    const place = join(folder, 'hostile')
    mkdirSync(place)
    writeFileSync(
      join(place, 'echo.py'),
      `import glob, sys\nsys.exit(4 if not glob.glob('/autograder*') + glob.glob('/proc/*/root/autograder') else 0)`,
    )
    const { status, results } = await mark(place)
    expect(status).toBe(0)
    expect(results.score).toBe(0)
    expect(results.tests[0]?.output).toContain('it ended with status 4')
  })

  it('where marking itself fails there are no results, and the student is told that it is not their fault', async () => {
    writeFileSync(join(source, 'assignment'), 'no-such-assignment\n')
    expect(await mark(join(SOLUTIONS, 'solution'))).toMatchObject({ status: 2, results: {} })
  })
})

if (WHY_NOT !== null) it('an autograder in a container', context => context.skip(WHY_NOT))
