import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from '../handwave.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handwave-test-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('a program whose parent dies', () => {
  it('is not even begun where that was before it could be arranged', async () => {
    const parent = parentOf([
      'sh',
      '-c',
      'while kill -0 "$0" 2>/dev/null; do sleep 0.01; done; echo gone > "$1"; shift; exec "$@"',
    ])
    await fileAppears('arranging')
    parent.kill('SIGKILL')
    await parent
    await fileAppears('gone')
    await sleep(300)
    expect(existsSync(join(folder, 'begun'))).toBe(false)
  })

  it('is begun where it lives, and dies with it', async () => {
    const parent = parentOf([])
    await fileAppears('begun')
    const [child = 0] = (await execa('pgrep', ['-P', String(parent.pid)])).stdout.split('\n').map(Number)
    expect(isAlive(child)).toBe(true)
    parent.kill('SIGKILL')
    await parent
    await comesTrue(() => !isAlive(child), 'its end')
  })
})

/** A process that starts a program which is to die with it, after what `first` does with its own number and a file. */
function parentOf(first: readonly string[]) {
  const program = `
    import { spawn } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    import { parentDies } from ${JSON.stringify(`${ROOT}/src/testbed/parent-dies.ts`)}
    const [folder, ...first] = process.argv.slice(1)
    const before = first.length > 0 ? [...first, String(process.pid), folder + '/gone'] : []
    const begun = ['sh', '-c', 'echo begun > "$0"; exec sleep 30', folder + '/begun']
    const [command, ...args] = [...before, ...parentDies(), ...begun]
    spawn(command, args, { stdio: 'ignore', detached: true })
    writeFileSync(folder + '/arranging', '')
    setInterval(() => {}, 1000)`
  return execa(process.execPath, ['--input-type=module', '-e', program, '--', folder, ...first], { reject: false })
}

async function fileAppears(name: string): Promise<void> {
  await comesTrue(() => existsSync(join(folder, name)), name)
}

async function comesTrue(isSo: () => boolean, what: string): Promise<void> {
  const began = performance.now()
  while (!isSo()) {
    if (performance.now() - began > 5000) throw new Error(`Waited in vain for ${what}.`)
    await sleep(10)
  }
}

/** One that is no more, and that nobody has asked about, is no process. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  return existsSync(file) && /^\d+ \(.*\) [^ZX] /s.test(readFileSync(file, 'latin1'))
}
