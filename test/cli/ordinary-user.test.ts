import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { LAUNCHER, USER_PATH } from '../handwave.ts'

describe('an ordinary user', () => {
  it("needs no administrator's path, from whatever folder", async () => {
    const { exitCode, stderr } = await execa(
      process.execPath,
      [LAUNCHER, 'run', '--on', 'kernel', 'three-way-handshake'],
      {
        cwd: '/',
        env: { PATH: USER_PATH },
        reject: false,
      },
    )
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('not found') })
  })
})
