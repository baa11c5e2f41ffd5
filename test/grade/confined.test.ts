import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureKernel } from '../../src/testbed/kernel/build.ts'
import { RunningKernel } from '../../src/testbed/kernel/boot.ts'

const WHY_NOT = process.getuid?.() === 0 ? null : 'only a kernel that root starts is confined'

/** What root inside a confined kernel answers, a line for each. */
async function ask(readable: readonly string[], script: string): Promise<string[]> {
  const said: string[] = []
  const signal = AbortSignal.timeout(30_000)
  const { path: kernel } = await ensureKernel({ signal })
  const command = ['sh', '-c', `{ ${script}; } 2>&1 | sed 's/^/handwave-relay:/'`]
  await using running = await RunningKernel.boot({
    kernel,
    processor: 0,
    command,
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    writable: null,
    confinement: { readable },
    onLine: line => said.push(line),
    signal,
  })
  await running.ended
  return said.filter(line => !line.startsWith('{"relay":"end"'))
}

describe('a kernel that root starts for strangers', () => {
  it('is nobody outside: its own root sees what it was shown, may remount, and reads and writes nothing', async context => {
    if (WHY_NOT !== null) context.skip(WHY_NOT)
    const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
    try {
      const [shown, secret] = [join(folder, 'shown'), join(folder, 'secret')]
      writeFileSync(shown, 'for all\n')
      writeFileSync(secret, 'for nobody\n')
      const answers = await ask(
        [shown],
        `id -u; cat ${shown}; cat ${secret}; mount -o remount,rw /; touch ${folder}/x; dd of=${shown} if=/dev/zero count=1 conv=sync,fsync 2>&1 | head -1; ` +
          'cat /etc/shadow; ls /home /var; ls /proc/[0-9]*/root/home',
      )
      expect(answers).toEqual([
        '0',
        'for all',
        `cat: ${secret}: No such file or directory`,
        `touch: cannot touch '${folder}/x': Read-only file system`,
        expect.stringMatching(/dd: .*(Read-only file system|Permission denied)/),
        'cat: /etc/shadow: Permission denied',
        ...['/home', '/var'].map(path => expect.stringContaining(`'${path}': No such file`) as string),
        expect.stringContaining('No such file'),
      ])
      expect(readFileSync(shown, 'utf8')).toBe('for all\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
