import { rm, writeFile } from 'node:fs/promises'
import { errnoOf } from '../testbed/errno.ts'

/** Asked by invoke-rc.d(8) and deb-systemd-invoke before they start a service; 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d'

/**
 * Meanwhile systemd starts no service of a package that is installed: Docker's would stay, and handwave would use it. Where there
 * is a policy, that one counts; where there is no systemd, invoke-rc.d starts nothing by itself.
 */
export async function withoutServices(work: () => Promise<void>, file = POLICY): Promise<void> {
  const isOurs = await writeNew(file, script())
  try {
    await work()
  } finally {
    if (isOurs) await rm(file, { force: true })
  }
}

async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o755 })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Forbids nothing once we are no more, should we be killed before it is taken away. */
function script(): string {
  return [
    '#!/bin/sh',
    '# handwave is installing packages, and needs no services. May be removed.',
    // In parentheses where the service is not meant for the current runlevel.
    `case " $* " in *" start "* | *"(start)"*) [ ! -d /proc/${process.pid} ] || exit 101 ;; esac`,
    '',
  ].join('\n')
}
