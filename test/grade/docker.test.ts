import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureHostImage } from '../../src/testbed/docker/image.ts'
import { handwave, ROOT } from '../handwave.ts'
import { doesAnswer } from '../testbed/docker/engine-answers.ts'
import { requireEngine, whyNoEngineOnMachine } from '../testbed/docker/required.ts'
import { TestEngine } from '../testbed/docker/test-engine.ts'
import { type ClassMarks, grade } from './grading.ts'

const ANSWERS = process.env['DOCKER_HOST'] !== undefined || (await doesAnswer('/var/run/docker.sock'))
const WHY_NOT = ANSWERS ? null : requireEngine(await whyNoEngineOnMachine())

/** Tries each of these, tells what it could do, and leaves a process behind. */
const LOOKS_ABOUT = `
import glob, os, socket
def attempt(name, act):
  try: print(name, 'could:', act(), flush=True)
  except OSError as error: print(name, 'failed', flush=True)
attempt('id', lambda: 'root' if os.getuid() == 0 or os.getgid() == 0 or os.getgroups() else 'nobody')
attempt('capabilities', lambda: [line.split()[1] for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapBnd', 'NoNewPrivs'))])
attempt('raw socket', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
attempt('kill', lambda: os.kill(1, 9))
attempt('agent', lambda: open('/proc/1/environ').read())
attempt('fake', lambda: open('/proc/1/fd/1', 'w'))
attempt('root', lambda: os.listdir('/root'))
attempt('others', lambda: [path for path in glob.glob('/*/*') + glob.glob('/handwave/agent/*') + glob.glob('/tmp/*') if 'assign' in path or 'grade' in path])
for folder in ['/', '/submission', '/handwave', '/var/tmp', '/run/lock', '/dev/shm', '/etc']:
  attempt('write ' + folder, lambda: open(folder + '/x', 'w'))
attempt('write /tmp', lambda: open('/tmp/x', 'w').write('x'))
attempt('fill /tmp', lambda: [open('/tmp/%d' % n, 'w').write('x' * 10_000_000) for n in range(3)])
attempt('name', lambda: socket.gethostbyname('example.com'))
attempt('way out', lambda: socket.create_connection(('192.0.2.1', 80), 3))
if os.fork() == 0:
  os.setsid()
  while True: pass
`

const SHOUTS = "require('net').createServer(s => s.on('data', d => s.write(`${d}`.toUpperCase()))).listen(5000)"

const HOSTILE: Readonly<Record<string, readonly [file: string, text: string, sentence: RegExp]>> = {
  // Eight seconds of computing may take more than the ten that it has for coming up.
  spins: ['echo.py', 'while True: pass', /was ended: it computed for longer than it may|does not listen/],
  'all-memory': ['echo.py', 'a = []\nwhile True: a.append(bytearray(10_000_000))', /more memory than there is/],
  'fork-bomb': [
    'echo.py',
    'import os, sys, time\nn = 0\nwhile n < 40:\n  try:\n    if os.fork() == 0: time.sleep(1e6)\n    n += 1\n  except OSError: sys.exit(n)',
    /ended with status (29|3[01])/,
  ],
}

/** Each part of each is three containers and a network, which take three seconds to come and to go. */
describe.skipIf(WHY_NOT !== null)('marks between containers', () => {
  let engine: TestEngine
  let marks: ClassMarks
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  const handIn = (name: string, file: string, text: string): string => {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, file), text)
    return join(folder, name)
  }

  beforeAll(async () => {
    engine = await TestEngine.get()
    const { signal } = new AbortController()
    await ensureHostImage({ engine: engine.api, purpose: 'grading', signal, onProgress: () => {} })
    const submissions = [
      handIn('shouts', 'echo.js', SHOUTS),
      ...Object.entries(HOSTILE).map(([name, [file, text]]) => handIn(name, file, text)),
      ...['wrong/one-at-a-time', 'solution'].map(name => join(ROOT, 'labs/assignments/echo-server', name)),
    ]
    marks = await grade(join(ROOT, 'test/grade/fixtures/answers.ts'), submissions, '--on', 'docker')
  })
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const reasonsOf = ({ results }: ClassMarks, name: string) =>
    (results[name]?.extra_data.parts ?? []).map(({ reasons }) => reasons.join(' '))

  it('are the same for honest programs as in the lab kernel, and hostile ones change nothing', () => {
    expect(Object.fromEntries(Object.entries(marks.results).map(([name, { score }]) => [name, score]))).toEqual({
      shouts: 0,
      'one-at-a-time': 2,
      solution: 2,
      ...Object.fromEntries(Object.keys(HOSTILE).map(name => [name, 0])),
    })
    expect(reasonsOf(marks, 'shouts')).toEqual(['Something else came back.'])
    for (const [name, [, , sentence]] of Object.entries(HOSTILE))
      expect(reasonsOf(marks, name).join()).toMatch(sentence)
  })

  it('are of programs that reach nothing, and what these leave goes with their container', async () => {
    const probed = await grade(
      join(ROOT, 'test/grade/fixtures/probe-once.ts'),
      [handIn('probe', 'probe.py', LOOKS_ABOUT)],
      '--on',
      'docker',
    )
    const [said = ''] = reasonsOf(probed, 'probe')
    const could = said.split(/\n| (?=\w[\w /]* (?:could:|failed))/).filter(line => line.includes('could:'))
    expect(said).toMatch(/way out failed/)
    expect(could).toEqual([
      'id could: nobody',
      "capabilities could: ['0000000000000000', '0000000000000000', '1']",
      'others could: []',
      'write /tmp could: 1',
    ])
    expect(await engine.api.listContainers({ all: true })).toEqual([])
  })
})

if (WHY_NOT !== null) it('marks between containers', context => context.skip(WHY_NOT))

it.each([
  [['--on', 'netns'], /Nothing is marked on 'netns'/],
  [['--on', 'docker', '--jobs', '2'], /one is marked after the other/],
])('%s is refused', async (args, sentence) => {
  const { exitCode, stderr } = await handwave('grade', 'echo-server', 'labs/assignments/echo-server/solution', ...args)
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(sentence) })
})
