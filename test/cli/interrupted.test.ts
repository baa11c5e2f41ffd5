import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/report/run-document.ts'
import { FIXTURES, LAUNCHER, ROOT } from '../handwave.ts'

/** In virtual time, with a last lab that would go on until the watchdog ends it. */
const LABS = ['stale-syn', `${FIXTURES}/spins.lab.ts`, 'three-way-handshake']

async function interruptedInTheSecond(...options: string[]) {
  const run = execa(process.execPath, [LAUNCHER, 'run', '--on', 'kernel', ...LABS, ...options], {
    cwd: ROOT,
    reject: false,
    stdin: 'ignore',
  })
  run.stderr.on('data', chunk => {
    if (String(chunk).includes('"id":"spins"')) run.kill('SIGINT')
  })
  const { exitCode, stdout, stderr } = await run
  return { exitCode, stdout, stderr }
}

describe('a run that is interrupted', () => {
  it('prints what was finished in a whole document', async () => {
    const { exitCode, stdout } = await interruptedInTheSecond('--json')
    const { labs } = JSON.parse(stdout) as RunDocument
    expect({ exitCode, labs: labs.map(({ id, verdict, reasons }) => [id, verdict, ...reasons]) }).toEqual({
      exitCode: 130,
      labs: [
        ['stale-syn', 'pass'],
        ['spins', 'inconclusive', 'Interrupted (SIGINT).'],
        ['three-way-handshake', 'inconclusive', 'It was not run: the run had ended before.'],
      ],
    })
  })

  it('says no more to who has seen it, and leaves what it found', async () => {
    const { exitCode, stdout } = await interruptedInTheSecond()
    expect({
      exitCode,
      verdicts: stdout.match(/^ {2}(PASS|FAIL|INCONCLUSIVE)/gm),
      counts: /passed/.test(stdout),
    }).toEqual({ exitCode: 130, verdicts: ['  PASS'], counts: false })
  })
})
