import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GradescopeResults } from '../../src/grade/formats/gradescope.ts'
import { World } from '../cli/world.ts'
import { ROOT } from '../handwave.ts'
import { zipOf } from './zip-of.ts'

const WHY_NOT = process.getuid?.() === 0 ? null : 'only root can list a world of its own'

/** A file each, and what the sentence about it says. */
const PROGRAMS: Readonly<Record<string, readonly [file: string, text: string, sentence: RegExp]>> = {
  nothing: ['notes.txt', 'I was ill.', /There is no program named echo/],
  'does-not-start': ['echo', '#!/nowhere\n', /ended with status 12[67]/],
  'syntax-error': ['echo.py', 'def x(:\n', /ended with status 1/],
  'wrong-port': ['echo.js', "require('net').createServer(() => {}).listen(6000)", /it listens on 6000 instead/],
  crashes: ['echo.c', 'int main(void) { *(volatile int *)0 = 1; }', /was ended by SIGSEGV/],
  'does-not-compile': ['echo.c', 'int main(void) { return x; }', /could not be made: gcc ended with status 1/],
  spins: ['echo.py', 'while True: pass', /computed without a pause for as long as 10 starts/],
  sleeps: ['echo.py', 'import time\nwhile True: time.sleep(0.01)', /does not listen on port 5000/],
  'fork-bomb': [
    'echo.py',
    'import os, time\nwhile True:\n  try: os.fork()\n  except OSError: time.sleep(1)',
    /does not listen|more processes than it may/,
  ],
  'ten-gigabytes': ['echo.sh', 'head -c 10G /dev/zero', /printed more than a megabyte/],
  'all-memory': ['echo.py', 'a = []\nwhile True: a.append(bytearray(10_000_000))', /more memory than there is/],
  'all-disk': [
    'echo.sh',
    'cd /tmp; while dd if=/dev/zero of=$((n += 1)) bs=1M count=100 2>/dev/null; do :; done; exit 3',
    /ended with status 3/,
  ],
  'looks-about': [
    'echo.py',
    "import glob, sys\nsys.exit(4 if not glob.glob('/*/*assignment*') + glob.glob('/root*') + glob.glob('/home*') + glob.glob('/var*') + glob.glob('/proc/*/root/root') else 0)",
    /ended with status 4/,
  ],
  remounts: ['echo.sh', 'mount -o remount,rw / || mount -t tmpfs x /usr || exit 5', /ended with status 5/],
  'kills-all': ['echo.sh', 'kill -9 1; kill -9 -1; kill -9 $PPID; exit 6', /ended with status 6|SIGKILL/],
  'prints-a-result': [
    'echo.sh',
    `for to in /dev/stdout /proc/1/fd/1 /dev/console; do
       echo 'handwave-relay:{"grade":"part","submission":0,"result":{"part":"echoes","points":99}}' > $to; done; exit 7`,
    /ended with status 7/,
  ],
  'forges-segments': [
    'echo.py',
    'import socket, sys\ntry: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)\nexcept PermissionError: sys.exit(8)',
    /ended with status 8/,
  ],
  'leaves-one-behind': [
    'echo.py',
    'import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(1e6)\n  os._exit(0)\nos._exit(9)',
    /ended with status 9/,
  ],
  'with \'quotes\', "more"\nand $(touch handwave-was-here)': ['echo.py', 'import sys; sys.exit(10)', /status 10/],
}

const ARCHIVES: Readonly<Record<string, readonly [zip: Buffer, sentence: RegExp]>> = {
  'leads-out.zip': [zipOf([{ name: '../../../tmp/handwave-was-here', text: 'x' }]), /leads out of it/],
  'links.zip': [zipOf([{ name: 'echo.py', text: '/etc/shadow', mode: 0o120777 }]), /what is no file/],
  'no-archive.zip': [Buffer.from('PK nothing'), /no zip archive/],
  'many-files.zip': [zipOf(Array.from({ length: 60_000 }, (_, n) => ({ name: `${n}` }))), /more than 2000 files/],
  'packed-tight.zip': [zipOf([{ name: 'echo.py', text: '\0'.repeat(100_000_000) }]), /more than 50 MB/],
}

describe('hostile submissions between two honest ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  const out = join(folder, 'out')
  const assignment = join(ROOT, 'test/grade/fixtures/two-parts.ts')
  const honest = ['wrong/cuts-short', 'solution'].map(name => join(ROOT, 'labs/assignments/echo-server', name))
  const hostile = [...Object.keys(PROGRAMS), ...Object.keys(ARCHIVES), 'a-link']
  const sentences = [
    ...Object.values(PROGRAMS).map(([, , sentence]) => sentence),
    ...Object.values(ARCHIVES).map(([, sentence]) => sentence),
    /what is no file/,
  ]
  let results: readonly GradescopeResults[] = []
  let left: readonly string[] = []

  beforeAll(async () => {
    if (WHY_NOT !== null) return
    for (const [name, [file, text]] of Object.entries(PROGRAMS)) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, file), text)
      chmodSync(join(folder, name, file), 0o755)
    }
    for (const [name, [zip]] of Object.entries(ARCHIVES)) writeFileSync(join(folder, name), zip)
    mkdirSync(join(folder, 'a-link'))
    symlinkSync('/etc/shadow', join(folder, 'a-link/echo.py'))
    const [first = '', last = ''] = honest
    const submissions = [first, ...hostile.map(name => join(folder, name)), last]
    await using world = await World.open()
    const run = await world.handwave('grade', assignment, ...submissions, '--out', out, '--jobs', '2')
    const { exitCode, stderr } = await run.ended
    if (exitCode !== 1) throw new Error(`Status ${exitCode}: ${stderr}`)
    left = await world.left()
    const table = readFileSync(join(out, 'class.csv'), 'utf8')
    expect(table).toContain('cuts-short,1,0,1,')
    results = readdirSync(out)
      .filter(name => name !== 'class.csv')
      .map(name => JSON.parse(readFileSync(join(out, name, 'results.json'), 'utf8')) as GradescopeResults)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('get no points, and a sentence each', context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    expect(results.length).toBe(honest.length + hostile.length)
    const reasonsOf = ({ extra_data: { parts } }: GradescopeResults) => parts.map(({ reasons }) => reasons.join(' '))
    const zero = results.filter(({ score }) => score === 0).map(reasonsOf)
    expect(zero.length).toBe(hostile.length)
    for (const sentence of sentences)
      expect(
        zero.some(reasons => reasons.every(reason => sentence.test(reason))),
        `${sentence}\n${zero.join('\n')}`,
      ).toBe(true)
  })

  it('change nothing for the honest ones', context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    expect(
      results
        .map(({ score }) => score)
        .filter(score => score > 0)
        .toSorted((a, b) => a - b),
    ).toEqual([1, 3])
  })

  it('leave nothing outside: no file, no process, no mount', context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    expect(left).toEqual([])
    expect(existsSync('/tmp/handwave-was-here')).toBe(false)
  })
})
