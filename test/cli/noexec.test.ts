import { execa } from 'execa'
import { expect, it } from 'vitest'
import { LAUNCHER } from '../handwave.ts'

/** As in most containers: nothing may be run from /dev/shm, where the guest's memory would lie. */
it('a machine whose /dev/shm is noexec runs labs all the same', async context => {
  if (process.getuid?.() !== 0) context.skip('only root can mount a noexec /dev/shm')
  const script = 'mount -t tmpfs -o noexec tmpfs /dev/shm && exec "$@"'
  const run = [process.execPath, LAUNCHER, 'run', '--on', 'kernel', 'three-way-handshake']
  const { exitCode } = await execa('unshare', ['-m', 'sh', '-c', script, 'sh', ...run], { reject: false })
  expect(exitCode).toBe(0)
})
