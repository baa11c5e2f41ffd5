import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withoutServices } from '../../src/cli/held-services.ts'

describe('while packages are installed', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handwave-test-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })
  const ask = (file: string, action: string) => spawnSync(file, ['docker', action, '2']).status

  it('no service is started, and what runs may be restarted', async () => {
    const file = join(folder, 'policy-rc.d')
    await withoutServices(async () => {
      expect(['start', '(start)', 'restart', 'stop'].map(action => ask(file, action))).toEqual([101, 101, 0, 0])
    }, file)
    expect(existsSync(file)).toBe(false)
  })

  it('whoever is killed has forbidden nothing for longer than it lived', async () => {
    const file = join(folder, 'policy-rc.d')
    const { pid } = spawnSync('true')
    await withoutServices(async () => {
      await writeFile(file, (await readFile(file, 'utf8')).replace(String(process.pid), String(pid)))
      expect(ask(file, 'start')).toBe(0)
    }, file)
  })

  it("a machine's own policy goes and stays", async () => {
    const file = join(folder, 'policy-rc.d')
    await writeFile(file, '#!/bin/sh\nexit 104\n', { mode: 0o755 })
    await withoutServices(async () => expect(ask(file, 'start')).toBe(104), file)
    expect(ask(file, 'start')).toBe(104)
  })
})
