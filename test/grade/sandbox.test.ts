import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../handwave.ts'
import { grade } from './grading.ts'

/** Looks about, and says what it found as JSON, a line for each question. */
const PROBE = `
import json, os, socket, subprocess, time

def attempt(name, work):
    try:
        found = work()
    except BaseException as error:
        found = type(error).__name__
    print(json.dumps([name, found]), flush=True)

SHARED = ['/', '/etc', '/etc/passwd', '/etc/hosts', '/opt/handwave', '/opt/handwave/node', '/submission', '/dev']

def status(key):
    with open('/proc/self/status') as file:
        return next(line.split(None, 1)[1].strip() for line in file if line.startswith(key))

def write(path):
    with open(path, 'w') as file:
        file.write('x')
    return 'written'

def run(*command):
    return subprocess.run(command, capture_output=True).returncode

def external():
    probe = socket.socket()
    probe.settimeout(1)
    probe.connect(('1.1.1.1', 80))

attempt('environment', lambda: sorted(os.environ))
attempt('root', lambda: sorted(os.listdir('/')))
attempt('etc', lambda: sorted(os.listdir('/etc')))
attempt('own', lambda: [os.getcwd(), sorted(os.listdir('.'))])
attempt('isRoot', lambda: os.getuid() == 0 or os.getgid() == 0 or bool(os.getgroups()))
attempt('capabilities', lambda: [status('Cap' + kind) for kind in ('Inh', 'Prm', 'Eff', 'Bnd', 'Amb')])
attempt('noNewPrivileges', lambda: status('NoNewPrivs'))
attempt('processes', lambda: sorted(pid for pid in os.listdir('/proc') if pid.isdigit()) == [str(os.getpid())])
attempt('others', lambda: [os.path.exists(path) for path in OTHERS])
attempt('shadow', lambda: open('/etc/shadow').read())
attempt('writesOwn', lambda: write('x'))
attempt('writesUsr', lambda: write('/usr/x'))
attempt('writesShared', lambda: [os.access(path, os.W_OK) for path in SHARED])
attempt('writesTmp', lambda: write('/tmp/x'))
attempt('leftInTmp', lambda: os.listdir('/tmp'))
attempt('leftInShm', lambda: os.path.exists('/dev/shm'))
attempt('sysctl', lambda: write('/proc/sys/net/ipv4/tcp_fin_timeout'))
attempt('remounts', lambda: run('mount', '-o', 'remount,rw', '/'))
attempt('unshares', lambda: run('unshare', '--user', '--map-root-user', 'mount', '-t', 'tmpfs', 'x', '/usr'))
attempt('killsFirst', lambda: os.kill(1, 9))
attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 6).fileno() >= 0)
attempt('frames', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).fileno() >= 0)
attempt('links', lambda: len(socket.if_nameindex()))
attempt('devices', lambda: os.mknod('/tmp/d', 0o60600, os.makedev(98, 0)))
attempt('outside', external)
`

type Answers = ReadonlyMap<string, unknown>

/** What it found in the first part and in the second. */
async function answersOf(assignment: string, submission: string): Promise<{ first: Answers; second: Answers }> {
  const { results } = await grade(join(ROOT, 'test/grade/fixtures', assignment), [submission])
  const parts = Object.values(results)[0]?.extra_data.parts ?? []
  const of = (name: string) => {
    const printed = parts.find(({ part }) => part === name)?.reasons[0] ?? ''
    const lines = printed.split('\n').filter(line => line.startsWith('['))
    return new Map(lines.map(line => JSON.parse(line) as [string, unknown]))
  }
  return { first: of('first'), second: of('second') }
}

describe('a program that is marked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  const own = join(folder, "with 'quotes' and\nnewlines")
  let seen: { first: Answers; second: Answers } = { first: new Map(), second: new Map() }
  const others = [
    ROOT,
    '/root',
    '/home',
    '/work',
    folder,
    tmpdir() === '/tmp' ? '/var' : tmpdir(),
    '/sys',
    '/run',
    '/opt/handwave/../../tmp/other',
  ]

  beforeAll(async () => {
    mkdirSync(own)
    writeFileSync(join(own, 'probe.py'), PROBE.replace('OTHERS', JSON.stringify(others)))
    seen = await answersOf('probe.ts', own)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const found = (name: string) => seen.first.get(name)

  it('sees itself and what it takes to run, and nothing else', () => {
    expect(found('own')).toEqual(['/submission', ['probe.py']])
    expect(found('root')).toEqual(
      expect.arrayContaining(['bin', 'dev', 'etc', 'opt', 'proc', 'submission', 'tmp', 'usr']),
    )
    expect(found('root')).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(root|home|work|var|sys|run|srv|mnt)$/)]),
    )
    expect(found('etc')).toEqual(['alternatives', 'hosts', 'ld.so.cache', 'passwd'])
    expect(found('others')).toEqual(others.map(() => false))
    expect(found('shadow')).toBe('FileNotFoundError')
    expect(found('processes')).toBe(true)
  })

  it('is told where it is, and nothing else', () => {
    const shell = ['LC_CTYPE', 'OLDPWD', 'PATH', 'PWD', '_']
    const environment = (found('environment') as string[]).filter(name => !shell.includes(name))
    expect(environment).toEqual(['COLOUR', 'HOME', 'HOST', 'PEER', 'PORT'])
  })

  it('has no rights', () => {
    expect(found('isRoot')).toBe(false)
    expect(found('capabilities')).toEqual(Array.from({ length: 5 }, () => '0'.repeat(16)))
    expect(found('noNewPrivileges')).toBe('1')
    expect(found('killsFirst')).toBe('PermissionError')
    expect(found('raw')).toBe('PermissionError')
    expect(found('devices')).toBe('PermissionError')
    expect(found('sysctl')).toMatch(/PermissionError|FileNotFoundError/)
    expect(found('remounts')).not.toBe(0)
    expect(found('unshares')).not.toBe(0)
    expect(found('outside')).toBe('OSError')
    expect(found('frames')).toBe('PermissionError')
    // The loopback, and the one to the lab's segment.
    expect(found('links')).toBe(2)
  })

  it('writes to a folder that vanishes, and nowhere else', () => {
    expect(found('writesOwn')).toBe('OSError')
    expect(found('writesUsr')).toBe('OSError')
    expect(found('writesShared')).toEqual(Array.from({ length: 8 }, () => false))
    expect(found('leftInShm')).toBe(false)
    for (const part of ['first', 'second'] as const) {
      expect(seen[part].get('writesTmp')).toBe('written')
      expect(seen[part].get('leftInTmp')).toEqual(['x'])
    }
  })

  it('has the capability that its assignment names, and in all else is as any other', async () => {
    const { first: raw } = await answersOf('raw-probe.ts', own)
    const CAP_NET_RAW = (1 << 13).toString(16).padStart(16, '0')
    const differing = { capabilities: Array.from({ length: 5 }, () => CAP_NET_RAW), raw: true, frames: true }
    expect(Object.fromEntries(raw)).toEqual({ ...Object.fromEntries(seen.first), ...differing })
  })
})
