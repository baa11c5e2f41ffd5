import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../handwave.ts'
import { grade } from './grading.ts'

const ASSIGNMENTS = join(ROOT, 'labs/assignments')
const names = readdirSync(ASSIGNMENTS)

/** The submissions that an assignment brings, and the points that its README says they must get. */
function saidIn(name: string): { submission: string; points: number }[] {
  const readme = readFileSync(join(ASSIGNMENTS, name, 'README.md'), 'utf8')
  return [...readme.matchAll(/^\| (solution|starter|wrong\/[\w-]+) \| ([\d.]+) \|/gm)].map(
    ([, submission = '', points]) => ({
      submission,
      points: Number(points),
    }),
  )
}

describe.each(names)('%s', name => {
  const folder = join(ASSIGNMENTS, name)

  it('brings a handout, a starter, a solution and at least four that are wrong', () => {
    const said = saidIn(name).map(({ submission }) => submission)
    const wrong = readdirSync(join(folder, 'wrong')).map(one => `wrong/${one}`)
    expect(said.toSorted()).toEqual(['solution', 'starter', ...wrong].toSorted())
    expect(wrong.length).toBeGreaterThanOrEqual(4)
    expect(existsSync(join(folder, 'handout.md'))).toBe(true)
  })

  it('gives each of them the points that its README says', async () => {
    const said = saidIn(name)
    const { results } = await grade(
      name,
      said.map(({ submission }) => join(folder, submission)),
      '--jobs',
      '2',
    )
    const points = said.map(({ submission }) => ({ submission, points: results[basename(submission)]?.score }))
    expect(points).toEqual(said)
    expect(results['solution']?.tests.every(({ status }) => status === 'passed')).toBe(true)
  })
})

it('two programs of one submission are one user, and may share a port if both say SO_REUSEPORT', async () => {
  const { results } = await grade('restart', [join(ASSIGNMENTS, 'restart/wrong/resets')])
  const part = results['resets']?.extra_data.parts.find(one => one.part === 'one-at-a-time')
  expect(part?.reasons.join()).toMatch(/still waited for the program to end/)
})

it('what a program says to itself over the loopback makes no marks doubtful', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-loopback-'))
  const wakesItself = `
import socket, threading, time
ear = socket.create_server(("127.0.0.1", 0))
mouth = socket.create_connection(ear.getsockname())
ear = ear.accept()[0]
def wake():
    while True:
        mouth.sendall(b"awake?")
        ear.recv(100)
        time.sleep(0.1)
threading.Thread(target=wake, daemon=True).start()
`
  const solution = readFileSync(join(ASSIGNMENTS, 'echo-server/solution/echo.py'), 'utf8')
  writeFileSync(join(folder, 'echo.py'), wakesItself + solution)
  try {
    const { results } = await grade('echo-server', [folder])
    expect(results[basename(folder)]?.tests.map(({ status }) => status)).toEqual(
      Array.from({ length: 6 }, () => 'passed'),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('a picture that is drawn from the other side is as good', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-mirrored-'))
  writeFileSync(
    join(folder, 'opening.txt'),
    `
         server                                               client
      1. LISTEN                                               CLOSED
      2. SYN-RECEIVED <-- <SEQ=x><CTL=SYN>                <-- SYN-SENT
      3. SYN-RECEIVED --> <SEQ=y><ACK=x+1><CTL=SYN,ACK>   --> ESTABLISHED
      4. ESTABLISHED  <-- <SEQ=x+1><ACK=y+1><CTL=ACK>     <-- ESTABLISHED
    `,
  )
  try {
    const { results } = await grade('predict', [folder])
    expect(results[basename(folder)]?.tests.map(({ name, score }) => [name, score])).toContainEqual([
      'A client calls, and a server listens',
      4,
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
